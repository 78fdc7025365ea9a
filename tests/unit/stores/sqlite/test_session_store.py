"""What only SQLite's store of sessions does: it removes those that have ended, a few at a time."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from getme_server.accounts.session import Session
from getme_server.deadline import Deadline
from getme_server.stores.availability import Availability
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import migrate
from getme_server.stores.sqlite.connections import Connections
from getme_server.stores.sqlite.session_store import (
    KEPT_AFTER_END_SECONDS,
    REMOVED_AT_ONCE,
    SqliteSessionStore,
)
from tests.conftest import NO_LOGIN
from tests.people import ADA

SECONDS = 5
NOW = 1_764_000_000.25
LIFE = 60.0


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
def store(location: SqliteLocation, clock: Clock) -> Iterator[SqliteSessionStore]:
    with closing(Connections(location, Availability(time.monotonic))) as connections:
        yield SqliteSessionStore(connections, clock)


def begun(store: SqliteSessionStore, now: float, user_id: UUID = ADA.user_id) -> Session:
    session = Session(user_id, uuid4(), now, now + LIFE, now, "", "", 0, b"1", b"", b"")
    store.add(session, Deadline(SECONDS))
    return session


def rows(location: SqliteLocation, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(location.path)) as database:
        return database.execute(sql).fetchall()


def count(location: SqliteLocation) -> int:
    ((number,),) = rows(location, "SELECT count(*) FROM getme_sessions")
    return int(number)


@pytest.mark.parametrize("write", ["add", "replace", "remove"])
def test_session_that_has_long_ended_is_removed_by_any_write(
    store: SqliteSessionStore, clock: Clock, location: SqliteLocation, write: str
) -> None:
    ended = begun(store, clock.now)
    clock.now += LIFE + KEPT_AFTER_END_SECONDS
    kept = begun(store, clock.now, uuid4())
    assert count(location) == 2
    clock.now += 1
    if write == "add":
        begun(store, clock.now)
    elif write == "replace":
        assert store.replace(kept, generation=0, deadline=Deadline(SECONDS))
    else:
        store.remove(kept.user_id, [], Deadline(SECONDS))
    assert store.session(ended.user_id, ended.session_id, Deadline(SECONDS)) is None
    assert store.session(kept.user_id, kept.session_id, Deadline(SECONDS)) == kept


def test_one_write_removes_a_bounded_number(
    store: SqliteSessionStore, clock: Clock, location: SqliteLocation
) -> None:
    for _ in range(REMOVED_AT_ONCE + 20):
        begun(store, clock.now)
    clock.now += LIFE + KEPT_AFTER_END_SECONDS + 1
    begun(store, clock.now)
    assert count(location) == 21
    begun(store, clock.now)
    assert count(location) == 2


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (
            "SELECT userid, sessionid FROM getme_sessions WHERE ends < 1 ORDER BY ends LIMIT 100",
            "USING COVERING INDEX getme_sessions_ends (ends<?)",
        ),
        (
            "SELECT userid FROM users WHERE account_status = 'moderator'",
            "USING COVERING INDEX getme_moderators (account_status=?)",
        ),
    ],
    ids=["ended sessions", "moderators"],
)
def test_what_is_looked_for_is_found_by_an_index(
    location: SqliteLocation, query: str, index: str
) -> None:
    ((*_, step),) = rows(location, f"EXPLAIN QUERY PLAN {query}")
    assert index in step
