"""The tables of a store as any other program sees them, whichever kind of store it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol
from uuid import UUID

from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.location import CassandraLocation, Location, SqliteLocation
from tests.conftest import NO_LOGIN


class Tables(Protocol):
    """Runs a statement that both kinds understand, with `?` for values."""

    def __call__(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows that it answers."""
        ...


@contextmanager
def tables_of(location: Location) -> Iterator[Tables]:
    """The tables, until the end of `with`."""
    opened = _sqlite(location) if isinstance(location, SqliteLocation) else _cassandra(location)
    with opened as tables:
        yield tables


@contextmanager
def _sqlite(location: SqliteLocation) -> Iterator[Tables]:
    with closing(sqlite3.connect(location.path, isolation_level=None)) as database:

        def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
            cells = [str(value) if isinstance(value, UUID) else value for value in values]
            return database.execute(statement, cells).fetchall()

        yield run


@contextmanager
def _cassandra(location: CassandraLocation) -> Iterator[Tables]:
    session = connect(location, NO_LOGIN)
    session.set_keyspace(location.keyspace)

    def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(session.execute(statement.replace("?", "%s"), values))

    yield run
    session.cluster.shutdown()
