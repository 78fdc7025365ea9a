"""One connection for each thread, and what SQLite's refusals mean.

WAL lets readers and one writer work at once (https://sqlite.org/wal.html). A connection never
waits for a lock on its first try, so that the busy timeout can be the caller's patience.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.stores.availability import Availability
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import SqliteLocation

Statement = tuple[str, Sequence[Any]]  # SQL and its parameters

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY_CODE = 0xFF  # https://sqlite.org/rescode.html: the low byte of an extended code
_OWNER_ONLY = 0o600  # it holds e-mail addresses and hashes of passwords
# What SQLite has beside the file, with its mode, and leaves behind where it cannot be written.
_BESIDE = ("-wal", "-shm")
LOOK_SECONDS = 1.0
_WAL_SECONDS = 5.0
_WAL_PAUSE_SECONDS = 0.01


def placeholders(count: int) -> str:
    """As many parameters, for what stands behind IN."""
    return f"({', '.join('?' * count)})"


def create_database(location: SqliteLocation) -> sqlite3.Connection:
    """A connection in autocommit mode to a file in WAL mode, made if need be: for its owner only.

    Raises StoreNotReady.
    """
    path = Path(location.path)
    with suppress(OSError):  # it is there, or opening it says what is in the way
        # The files beside it, which SQLite makes, have the mode of this one.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
    return _opened(path, _enter_wal)


def open_database(location: SqliteLocation) -> sqlite3.Connection:
    """A connection in autocommit mode to a file that is there. Raises StoreNotReady."""
    path = Path(location.path)
    if not path.exists():
        raise StoreNotReady(f"there is no database at {path}; run: getme-server migrate")
    return _opened(path, _read_schema)


def _opened(path: Path, begin: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """A connection on which begin has succeeded; where it has not, none is left open."""
    try:
        database = _connected(path)
        try:
            begin(database)
        except sqlite3.Error:
            database.close()
            raise
    except sqlite3.Error as refused:
        raise StoreNotReady(_explain(refused, path)) from refused
    return database


def _read_schema(database: sqlite3.Connection) -> None:
    """The first read tells what kind of file it is."""
    database.execute("PRAGMA schema_version")


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
    # Another program may have written bytes that are no text; sqlite3's own error would quote them.
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    # What was acknowledged outlives a power failure, too: with NORMAL a revocation might not.
    database.execute("PRAGMA synchronous = FULL")
    return database


def _enter_wal(database: sqlite3.Connection) -> None:
    """SQLite does not ask its busy handler here, so that two at once would fail at random."""
    ends = time.monotonic() + _WAL_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as refused:
            if _code(refused) not in _LOCKED or time.monotonic() > ends:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


def _code(refused: sqlite3.Error) -> int:
    # Errors that sqlite3 makes itself have no code.
    return getattr(refused, "sqlite_errorcode", 0) & _PRIMARY_CODE


def _explain(refused: sqlite3.Error, path: Path) -> str:
    code = _code(refused)
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not an SQLite database; GETME_STORE must name a database file"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return f"{path} cannot be opened; its folder must be there, and both must be writable"
    return f"cannot open the database {path}: {refused}"


class _Opened(NamedTuple):
    """A connection, the file that it reads (device and inode), and when that was looked at.

    generation: how many files had been replaced when it was opened.
    """

    database: sqlite3.Connection
    file: tuple[int, int]
    looked: float
    generation: int


class Connections:
    """The calling thread's own connection to one database file.

    A file that was removed or replaced is noticed within LOOK_SECONDS; an open connection would
    go on reading the old one for ever.
    """

    def __init__(self, location: SqliteLocation, availability: Availability) -> None:
        """Opens nothing yet."""
        self._location = location
        self._availability = availability
        self._own = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._mutex = threading.Lock()
        self._closed = False
        self._file_in_use: tuple[int, int] | None = None
        self.generation = 0  # how often the file was replaced: once one thread knows, all reopen

    def own(self) -> sqlite3.Connection:
        """The connection of this thread, opened at its first use. Raises StoreNotReady."""
        opened: _Opened | None = getattr(self._own, "opened", None)
        now = time.monotonic()
        current = opened is not None and opened.generation == self.generation
        if opened is not None and current and now - opened.looked < LOOK_SECONDS:
            return opened.database
        if opened is not None and current and opened.file == self._file():
            self._own.opened = opened._replace(looked=now)
            return opened.database
        return self._reopen(opened, now)

    def inode(self) -> int:
        """Which file this thread reads, among those of its device that are there or still open."""
        self.own()
        opened: _Opened = self._own.opened
        return opened.file[1]

    def _reopen(self, opened: _Opened | None, now: float) -> sqlite3.Connection:
        if opened is not None:
            self._own.opened = None
            with self._mutex:
                self._all.remove(opened.database)
            opened.database.close()
        if self._closed:
            raise StoreNotReady(f"{self._location.path} was closed")
        file = self._file() or (0, 0)  # not there: opening it says so
        database = open_database(self._location)
        with self._mutex:
            self._all.append(database)
            if self._file_in_use not in (None, file):
                self.generation += 1
            self._file_in_use = file
            self._own.opened = _Opened(database, file, now, self.generation)
        return database

    def _file(self) -> tuple[int, int] | None:
        """Device and inode of the file, None while it is not there."""
        try:
            found = Path(self._location.path).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def row(
        self, sql: str, parameters: Sequence[Any], deadline: Deadline
    ) -> tuple[Any, ...] | None:
        """The one row of a query, or None. Raises StoreUnavailable."""
        found = self.rows(sql, parameters, deadline)
        return found[0] if found else None

    def rows(
        self, sql: str, parameters: Sequence[Any], deadline: Deadline
    ) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StoreUnavailable, at once while the store is away."""
        self._availability.require()
        return self.rows_even_if_away(sql, parameters, deadline)

    def rows_even_if_away(
        self, sql: str, parameters: Sequence[Any], deadline: Deadline
    ) -> list[tuple[Any, ...]]:
        """As rows, whatever is known of the store: for looking whether it is back."""
        with _refusals_named():
            return _run(self.own(), sql, parameters, deadline)

    def write(self, statements: Iterable[Statement], deadline: Deadline) -> list[int]:
        """Carries out all of the statements, or none: how many rows each has changed.

        Raises StoreUnavailable.
        """
        self._availability.require()
        with _refusals_named():
            database = self.own()
            # IMMEDIATE: it waits for its turn here, and nothing that follows finds a lock.
            _run(database, "BEGIN IMMEDIATE", (), deadline)
            with database:
                return [database.execute(*statement).rowcount for statement in statements]

    def trouble(self) -> str | None:
        """What keeps a store that answers from being written; None where nothing does."""
        files = (Path(f"{self._location.path}{end}") for end in ("", *_BESIDE))
        refused = [str(file) for file in files if file.exists() and not os.access(file, os.W_OK)]
        if not refused:
            return None
        return (
            f"users are answered, but nobody can sign in or change anything: {', '.join(refused)}"
            " cannot be written; make it writable, and restart"
        )

    def close(self) -> None:
        """Closes the connections of all threads."""
        self._closed = True
        with self._mutex:
            for database in self._all:
                database.close()


@contextmanager
def _refusals_named() -> Iterator[None]:
    """Turns SQLite's errors into StoreUnavailable. Their texts never quote a parameter."""
    try:
        yield
    except sqlite3.Error as failed:
        raise StoreUnavailable(f"{type(failed).__name__}: {failed}") from failed
    except StoreNotReady as failed:
        raise StoreUnavailable(str(failed)) from failed


def _run(
    database: sqlite3.Connection, sql: str, parameters: Sequence[Any], deadline: Deadline
) -> list[tuple[Any, ...]]:
    """The rows of a statement, tried without waiting, and then as long as the caller waits."""
    try:
        return database.execute(sql, parameters).fetchall()
    except sqlite3.OperationalError as refused:
        if _code(refused) not in _LOCKED:
            raise
    database.execute(f"PRAGMA busy_timeout = {int(deadline.remaining() * 1000)}")
    try:
        return database.execute(sql, parameters).fetchall()
    finally:
        database.execute("PRAGMA busy_timeout = 0")
