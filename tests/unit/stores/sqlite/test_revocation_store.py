"""What only SQLite's store of revocations does: what it removes, and how it waits for a writer."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import LOG_SECONDS
from getme_server.deadline import Deadline
from getme_server.stores.availability import Availability
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import migrate, nobody_follows, open_stores
from getme_server.stores.sqlite.change_log import REMOVED_AT_ONCE, SqliteChangeLog
from getme_server.stores.sqlite.connections import Connections
from getme_server.stores.sqlite.revocation_store import SqliteRevocationStore
from getme_server.stores.sqlite.schema import MIGRATIONS
from getme_server.tokens.revocation import Revoked
from tests.conftest import NO_LOGIN
from tests.people import ADA

SECONDS = 5
PATIENCE = 0.2  # seconds that a call waits for a locked file
SLACK = 1.0  # seconds that a busy machine may add
NOW = 1_764_000_000.25
KEY = bytes(range(32))


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def location(tmp_path: Path) -> SqliteLocation:
    location = SqliteLocation(str(tmp_path / "getme.db"))
    migrate(location, NO_LOGIN)
    return location


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(location: SqliteLocation, clock: Clock) -> Iterator[SqliteRevocationStore]:
    with closing(Connections(location, Availability(time.monotonic))) as connections:
        log = SqliteChangeLog(connections, clock, nobody_follows)
        yield SqliteRevocationStore(connections, log, clock)


def revoke(store: SqliteRevocationStore, *, number: int = 0, keep: float | None = 60) -> None:
    key = number.to_bytes(32, "big")
    store.revoke_tokens(ADA.user_id, [key], Deadline(SECONDS), keep_seconds=keep)


def rows(location: SqliteLocation, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(location.path)) as database:
        return database.execute(sql).fetchall()


def counts(location: SqliteLocation) -> tuple[int, int, int]:
    """Revoked tokens, users and entries of the log."""
    sql = (
        "SELECT (SELECT count(*) FROM getme_revoked_tokens),"
        " (SELECT count(*) FROM getme_revoked_users), (SELECT count(*) FROM getme_changes)"
    )
    return rows(location, sql)[0]


def test_what_has_expired_counts_until_a_later_write_removes_it(
    store: SqliteRevocationStore, clock: Clock, location: SqliteLocation
) -> None:
    revoke(store, number=1)
    store.revoke_user_tokens(ADA.user_id, NOW, Deadline(SECONDS), keep_seconds=60)
    clock.now += 60
    revoke(store, number=2)
    assert counts(location) == (2, 1, 3)  # it is remembered for 60 seconds at least
    clock.now += 0.001
    revoke(store, number=3)
    assert counts(location) == (2, 0, 4)
    clock.now += LOG_SECONDS
    revoke(store, number=4)
    assert counts(location) == (1, 0, 2)


@pytest.mark.parametrize(
    ("keeps", "expires"),
    [
        pytest.param([60], NOW + 60, id="once"),
        pytest.param([60, 30], NOW + 60, id="shorter the second time"),
        pytest.param([30, 60], NOW + 60, id="longer the second time"),
        pytest.param([None, 60], None, id="for ever at first"),
        pytest.param([60, None], None, id="for ever at last"),
    ],
)
def test_the_longest_time_that_was_asked_counts(
    store: SqliteRevocationStore,
    location: SqliteLocation,
    keeps: list[float | None],
    expires: float | None,
) -> None:
    for keep in keeps:
        revoke(store, keep=keep)
        store.revoke_user_tokens(ADA.user_id, NOW, Deadline(SECONDS), keep_seconds=keep)
    for table in ("getme_revoked_tokens", "getme_revoked_users"):
        assert rows(location, f"SELECT expires FROM {table}") == [(expires,)]  # noqa: S608


def test_what_is_kept_for_ever_is_never_removed(
    store: SqliteRevocationStore, clock: Clock, location: SqliteLocation
) -> None:
    revoke(store, number=1, keep=None)
    store.revoke_user_tokens(ADA.user_id, NOW, Deadline(SECONDS), keep_seconds=None)
    clock.now += 1e9
    revoke(store, number=2)
    assert counts(location) == (2, 1, 1)


def test_one_write_removes_a_bounded_number(
    store: SqliteRevocationStore, clock: Clock, location: SqliteLocation
) -> None:
    more = REMOVED_AT_ONCE + 20
    for number in range(more):
        revoke(store, number=number)
    clock.now += LOG_SECONDS + 1
    revoke(store, number=more)
    assert counts(location) == (21, 0, 21)
    revoke(store, number=more)
    assert counts(location) == (1, 0, 2)


def test_removing_reads_no_more_than_it_removes(location: SqliteLocation) -> None:
    plan = (
        "EXPLAIN QUERY PLAN SELECT userid, revocation_key FROM getme_revoked_tokens"
        " WHERE expires < 1 ORDER BY expires LIMIT 100"
    )
    ((*_, step),) = rows(location, plan)
    assert "USING COVERING INDEX getme_revoked_tokens_expires (expires<?)" in step


def test_another_writer_is_waited_for_as_long_as_the_caller_waits(
    store: SqliteRevocationStore, location: SqliteLocation
) -> None:
    with closing(sqlite3.connect(location.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable) as refused:
            store.revoke_tokens(ADA.user_id, [KEY], Deadline(PATIENCE), keep_seconds=60)
        assert PATIENCE <= time.monotonic() - begun < PATIENCE + SLACK
        assert refused.value.cause == "OperationalError: database is locked"
        known = store.revoked(ADA.user_id, [KEY], Deadline(PATIENCE))  # readers do not wait
        writer.execute("ROLLBACK")
    assert known == Revoked(frozenset(), issued_before=None)
    store.revoke_tokens(ADA.user_id, [KEY], Deadline(PATIENCE), keep_seconds=60)
    assert store.revoked(ADA.user_id, [KEY], Deadline(PATIENCE)).keys


def test_closed_store_is_an_unavailable_one(location: SqliteLocation) -> None:
    stores = open_stores(location, NO_LOGIN)
    stores.close()
    with pytest.raises(StoreUnavailable):
        stores.revocations.revoke_tokens(uuid4(), [KEY], Deadline(1), keep_seconds=60)


def test_a_file_of_the_first_version_is_brought_up_to_date_with_its_people(
    tmp_path: Path,
) -> None:
    location = SqliteLocation(str(tmp_path / "old.db"))
    with closing(sqlite3.connect(location.path)) as database, database:
        for statement in chain(MIGRATIONS[0], ["PRAGMA user_version = 1"]):
            database.execute(statement)
        database.execute("INSERT INTO users (userid, firstname) VALUES (?, 'Ada')", (str(ADA[0]),))
    with pytest.raises(StoreNotReady, match="run: getme-server migrate"):
        open_stores(location, NO_LOGIN)
    assert migrate(location, NO_LOGIN) == [
        f"migration {number} applied to {location.path}" for number in (2, 3, 4)
    ]
    with closing(open_stores(location, NO_LOGIN)) as stores:
        assert stores.accounts.account(ADA.user_id, Deadline(SECONDS)).firstname == "Ada"
        stores.revocations.revoke_tokens(ADA.user_id, [KEY], Deadline(SECONDS), keep_seconds=60)
        assert stores.revocations.revoked(ADA.user_id, [KEY], Deadline(SECONDS)).keys
