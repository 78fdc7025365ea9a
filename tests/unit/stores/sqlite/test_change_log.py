"""What only SQLite's log of changes does: an entry is one with its change, and removed when old."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import LOG_SECONDS, Change
from getme_server.deadline import Deadline
from getme_server.stores.availability import Availability
from getme_server.stores.location import SqliteLocation, read_location
from getme_server.stores.opening import Stores, migrate, open_stores
from getme_server.stores.sqlite.change_log import REMOVED_AT_ONCE, SqliteChangeLog
from getme_server.stores.sqlite.connections import Connections
from getme_server.tokens.revocation import Revoked
from tests.conftest import NO_LOGIN
from tests.people import ADA

SECONDS = 5
NOW = 1_764_000_000.25
KEY = bytes(range(32))


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def location(people_database: str) -> SqliteLocation:
    location = read_location(people_database)
    assert isinstance(location, SqliteLocation)
    return location


@pytest.fixture
def stores(location: SqliteLocation) -> Iterator[Stores]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[UUID]:
    """Of whom this process was told that it has changed something."""
    return []


@pytest.fixture
def log(location: SqliteLocation, clock: Clock, told: list[UUID]) -> Iterator[SqliteChangeLog]:
    with closing(Connections(location, Availability(time.monotonic))) as connections:
        yield SqliteChangeLog(connections, clock, told.append)


def run(location: SqliteLocation, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(location.path)) as database, database:
        return database.execute(sql).fetchall()


def change(log: SqliteChangeLog, times: int = 1) -> None:
    for _ in range(times):
        log.write([], ADA.user_id, Deadline(SECONDS))


def positions(log: SqliteChangeLog) -> list[int]:
    return [entry.position for entry in log.after(0, Deadline(SECONDS))]


def test_how_many_rows_each_statement_has_changed_is_told(log: SqliteChangeLog) -> None:
    rename = "UPDATE users SET firstname = 'New' WHERE userid = ?"
    statements = [(rename, (str(ADA.user_id),)), (rename, ("nobody",)), (rename, ("nobody",))]
    assert log.write(statements, ADA.user_id, Deadline(SECONDS)) == [1, 0, 0]
    assert log.after(0, Deadline(SECONDS)) == [Change(1, ADA.user_id)]


def test_places_go_on_where_all_entries_were_removed(
    log: SqliteChangeLog, location: SqliteLocation
) -> None:
    change(log)
    run(location, "DELETE FROM getme_changes")
    assert log.head(Deadline(SECONDS)).position == 1
    change(log)
    assert positions(log) == [2]


def test_entries_are_removed_when_their_time_is_over(log: SqliteChangeLog, clock: Clock) -> None:
    change(log)
    clock.now += LOG_SECONDS
    change(log)
    assert positions(log) == [1, 2]
    clock.now += 0.001
    change(log)
    assert positions(log) == [2, 3]
    assert log.head(Deadline(SECONDS)).position == 3


def test_one_write_removes_a_bounded_number(log: SqliteChangeLog, clock: Clock) -> None:
    change(log, REMOVED_AT_ONCE + 20)
    clock.now += LOG_SECONDS + 1
    change(log)
    assert len(positions(log)) == 21
    change(log)
    assert len(positions(log)) == 2


CHANGES: dict[str, Callable[[Stores, Deadline], object]] = {
    "names": lambda s, d: s.accounts.update_names(ADA, "New", "Name", d),
    "status": lambda s, d: s.accounts.set_status(ADA, "suspended", d),
    "sign-in": lambda s, d: s.accounts.record_sign_in(ADA.user_id, 1, d),
    "removal": lambda s, d: s.accounts.remove(ADA.user_id, d),
    "lock": lambda s, d: s.credentials.set_locked(ADA.email, locked=True, deadline=d),
    "tokens": lambda s, d: s.revocations.revoke_tokens(ADA.user_id, [KEY], d, keep_seconds=60),
    "all tokens": lambda s, d: s.revocations.revoke_user_tokens(
        ADA.user_id, NOW, d, keep_seconds=60
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_without_its_entry_is_none(
    stores: Stores, location: SqliteLocation, change: Callable[[Stores, Deadline], object]
) -> None:
    run(location, "DROP TABLE getme_changes")
    with pytest.raises(StoreUnavailable) as refused:
        change(stores, Deadline(SECONDS))
    assert refused.value.cause == "OperationalError: no such table: getme_changes"
    assert stores.accounts.account(ADA.user_id, Deadline(SECONDS)) == ADA
    assert not stores.accounts.credentials_locked(ADA.email, Deadline(SECONDS))
    known = stores.revocations.revoked(ADA.user_id, [KEY], Deadline(SECONDS))
    assert known == Revoked(frozenset(), issued_before=None)


def test_an_entry_without_its_change_is_none(log: SqliteChangeLog, told: list[UUID]) -> None:
    with pytest.raises(StoreUnavailable):
        log.write([("UPDATE nothing SET a = 1", ())], ADA.user_id, Deadline(SECONDS))
    assert positions(log) == []
    assert told == [ADA.user_id]  # what is told too often does no harm


def test_who_is_told_of_a_change_can_read_it(location: SqliteLocation, clock: Clock) -> None:
    seen: list[list[int]] = []
    with closing(Connections(location, Availability(time.monotonic))) as connections:

        def look(_user_id: UUID) -> None:
            seen.append(positions(looking))

        looking = SqliteChangeLog(connections, clock, look)
        change(looking, 2)
    assert seen == [[1], [1, 2]]


def test_each_file_is_a_log_of_its_own(log: SqliteChangeLog, tmp_path: Path) -> None:
    other = SqliteLocation(str(tmp_path / "other.db"))
    migrate(other, NO_LOGIN)
    with closing(open_stores(other, NO_LOGIN)) as stores:
        others = stores.changes.head(Deadline(SECONDS))
    own = log.head(Deadline(SECONDS))
    assert own.position == others.position == 0
    assert own.log_id != others.log_id
    assert min(len(own.log_id), len(others.log_id)) >= 16
    change(log)
    assert log.head(Deadline(SECONDS)) == (own.log_id, 1)
