"""Finds keys that stand twice in a file, in bounded memory: SQLite keeps them in a temporary file.

A set of a million UUIDs would take 130 MB; this takes CACHE_KIB, and 30 MB of disk.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import NamedTuple, Self

CACHE_KIB = 16_384


class SeenKey(NamedTuple):
    """A key, and the line of the row that has it."""

    key: bytes | str
    line: int


class Repetition(NamedTuple):
    """A row whose key an earlier row has: the lines of both."""

    line: int
    first_line: int


class SeenKeys:
    """All keys of a file so far. SQLite deletes the temporary file by itself, even after a crash.

    Raises sqlite3.Error where the temporary file cannot grow.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # "": a temporary file
        self._database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (key PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")  # never committed: nobody reads this afterwards

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, keys: Sequence[SeenKey]) -> Iterator[Repetition]:
        """Takes in some more keys, and tells which were there before."""
        added = self._database.executemany(
            "INSERT INTO seen (key, line) VALUES (?, ?) ON CONFLICT DO NOTHING", keys
        ).rowcount
        if added < len(keys):
            yield from self._repeated(keys)

    def _repeated(self, keys: Sequence[SeenKey]) -> Iterator[Repetition]:
        for key, line in keys:
            found = self._database.execute("SELECT line FROM seen WHERE key = ?", (key,))
            (first_line,) = found.fetchone()
            if first_line != line:
                yield Repetition(line, first_line)
