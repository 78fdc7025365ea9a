"""One connection for each thread, and what SQLite's refusals mean.

WAL lets readers and one writer work at once (https://sqlite.org/wal.html). A connection never
waits for a lock on its first try, so that the busy timeout can be the caller's patience.
"""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import SqliteLocation

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY_CODE = 0xFF  # https://sqlite.org/rescode.html: the low byte of an extended code


def open_database(location: SqliteLocation, *, create: bool) -> sqlite3.Connection:
    """A connection in autocommit mode. Raises StoreNotReady."""
    path = Path(location.path)
    if not create and not path.exists():
        raise StoreNotReady(f"there is no database at {path}; run: getme-server migrate")
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        database.execute("PRAGMA busy_timeout = 2000")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA busy_timeout = 0")
    except sqlite3.Error as refused:
        raise StoreNotReady(_explain(refused, path)) from refused
    return database


def _explain(refused: sqlite3.Error, path: Path) -> str:
    code = getattr(refused, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not an SQLite database; GETME_STORE must name a database file"
    if code == sqlite3.SQLITE_READONLY:
        return f"{path} cannot be written to; the server needs write access to it and its folder"
    return f"cannot open the database {path}: {refused}"


class Connections:
    """The calling thread's own connection to one database file."""

    def __init__(self, location: SqliteLocation) -> None:
        """Raises StoreNotReady if the file cannot be opened."""
        self._location = location
        self._own = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._mutex = threading.Lock()
        self.own()

    def own(self) -> sqlite3.Connection:
        """The connection of this thread, opened at its first use."""
        database: sqlite3.Connection | None = getattr(self._own, "database", None)
        if database is None:
            database = open_database(self._location, create=False)
            self._own.database = database
            with self._mutex:
                self._all.append(database)
        return database

    def row(
        self, sql: str, parameters: Sequence[Any], deadline: Deadline
    ) -> tuple[Any, ...] | None:
        """The one row of a query, or None. Raises StoreUnavailable."""
        try:
            database = self.own()
            try:
                found = database.execute(sql, parameters).fetchone()
            except sqlite3.OperationalError as refused:
                if refused.sqlite_errorcode & _PRIMARY_CODE not in _LOCKED:
                    raise
                found = self._row_once_unlocked(database, sql, parameters, deadline)
        except (sqlite3.Error, StoreNotReady) as failed:
            raise StoreUnavailable(f"{type(failed).__name__}: {failed}") from failed
        return tuple(found) if found is not None else None

    def close(self) -> None:
        """Closes the connections of all threads."""
        with self._mutex:
            for database in self._all:
                database.close()

    @staticmethod
    def _row_once_unlocked(
        database: sqlite3.Connection, sql: str, parameters: Sequence[Any], deadline: Deadline
    ) -> Any:
        database.execute(f"PRAGMA busy_timeout = {int(deadline.remaining() * 1000)}")
        try:
            return database.execute(sql, parameters).fetchone()
        finally:
            database.execute("PRAGMA busy_timeout = 0")
