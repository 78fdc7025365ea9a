"""Opens the stores that a location names; the only place that knows both kinds."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from typing import NamedTuple

from getme_server.accounts.store import AccountStore, ImportStore
from getme_server.stores.location import CassandraLocation, CassandraLogin, Location
from getme_server.stores.sqlite import schema as sqlite_schema
from getme_server.stores.sqlite.account_store import SqliteAccountStore
from getme_server.stores.sqlite.connections import Connections
from getme_server.stores.sqlite.import_store import SqliteImportStore
from getme_server.stores.sqlite.revocation_store import SqliteRevocationStore
from getme_server.stores.sqlite.schema import require_current
from getme_server.tokens.revocation import RevocationStore

# The driver takes a third of a second to import, and a server on SQLite needs none of it; so the
# modules for Cassandra are imported where a location names one.


class Stores(NamedTuple):
    """What a process keeps open. close: gives up the connections, which all of them share."""

    accounts: AccountStore
    revocations: RevocationStore
    close: Callable[[], None]


def open_stores(location: Location, login: CassandraLogin) -> Stores:
    """Stores that are ready to answer. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        return _open_cassandra(location, login)
    require_current(location)
    connections = Connections(location)
    return Stores(
        SqliteAccountStore(connections),
        SqliteRevocationStore(connections, time.time),
        connections.close,
    )


def open_import_store(
    location: Location, login: CassandraLogin
) -> AbstractContextManager[ImportStore]:
    """A store that is ready to take files, closed at the end of `with`. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        from getme_server.stores.cassandra.import_store import CassandraImportStore  # noqa: PLC0415

        return closing(CassandraImportStore(location, login))
    return closing(SqliteImportStore(location))


def migrate(location: Location, login: CassandraLogin) -> list[str]:
    """Makes the tables that are missing; tells what was done. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        from getme_server.stores.cassandra import schema  # noqa: PLC0415

        return schema.migrate(location, login)
    return sqlite_schema.migrate(location)


def _open_cassandra(location: CassandraLocation, login: CassandraLogin) -> Stores:
    from getme_server.stores.cassandra.account_store import CassandraAccountStore  # noqa: PLC0415
    from getme_server.stores.cassandra.cluster import connect  # noqa: PLC0415
    from getme_server.stores.cassandra.revocation_store import (  # noqa: PLC0415
        CassandraRevocationStore,
    )

    session = connect(location, login)
    close = session.cluster.shutdown
    try:
        return Stores(
            CassandraAccountStore(session, location),
            CassandraRevocationStore(session, location),
            close,
        )
    except BaseException:
        close()
        raise
