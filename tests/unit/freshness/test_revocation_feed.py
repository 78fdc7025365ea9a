"""What the feed vouches for, with the real store on SQLite and a clock that the test sets.

`Interposed` passes on to a real store, except where a test needs a fault that none shows.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import DeadlinePassed
from getme_server.freshness.revocation_feed import (
    LEASE_SECONDS,
    LONGEST_GAP_SECONDS,
    RevocationLogFeed,
)
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import migrate, open_stores
from getme_server.tokens.revocation import Revocation, RevocationStore, Revoked
from tests.conftest import NO_LOGIN
from tests.waiting import until

SECONDS = 5
KEY = bytes(32)
USER = uuid4()
OTHER = uuid4()
STARTED = 1_000.0


class Clock:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> float:
        return self.now


class Interposed:
    """A store whose reads of the log first do what a test wants."""

    def __init__(self, store: RevocationStore) -> None:
        self.store = store
        self.before_read: Callable[[], None] = lambda: None
        self.revoke_tokens = store.revoke_tokens
        self.revoke_user_tokens = store.revoke_user_tokens

    def revoked(
        self, user_id: UUID, revocation_keys: Sequence[bytes], deadline: Deadline
    ) -> Revoked:
        return self.store.revoked(user_id, revocation_keys, deadline)

    def last_position(self, deadline: Deadline) -> int:
        self.before_read()
        return self.store.last_position(deadline)

    def log_after(self, position: int, deadline: Deadline) -> list[Revocation]:
        self.before_read()
        return self.store.log_after(position, deadline)


@pytest.fixture
def location(tmp_path: Path) -> SqliteLocation:
    location = SqliteLocation(str(tmp_path / "getme.db"))
    migrate(location, NO_LOGIN)
    return location


@pytest.fixture
def store(location: SqliteLocation) -> Iterator[RevocationStore]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores.revocations


@pytest.fixture
def another_store(tmp_path: Path) -> Iterator[RevocationStore]:
    """Another file, whose log begins at 0."""
    location = SqliteLocation(str(tmp_path / "another.db"))
    migrate(location, NO_LOGIN)
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores.revocations


@pytest.fixture
def interposed(store: RevocationStore) -> Interposed:
    return Interposed(store)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feed(interposed: Interposed, clock: Clock) -> RevocationLogFeed:
    """Behind some revocations, and polled once."""
    revoke(interposed, uuid4(), uuid4(), uuid4())
    feed = RevocationLogFeed(interposed, clock)
    feed.poll()
    return feed


def revoke(store: RevocationStore, *users: UUID) -> None:
    for user in users:
        store.revoke_tokens(user, [KEY], Deadline(SECONDS), keep_seconds=3_600)


def delete_from_log(location: SqliteLocation, condition: str) -> None:
    """As another process does when entries have grown old."""
    with closing(sqlite3.connect(location.path)) as database, database:
        database.execute(f"DELETE FROM getme_revocation_log WHERE {condition}")  # noqa: S608


def no_answer() -> None:
    raise StoreUnavailable("no such host")


def test_a_user_of_whom_the_log_says_nothing_is_unchanged(feed: RevocationLogFeed) -> None:
    assert feed.position == 3
    assert feed.unchanged_since(USER, feed.position, at=STARTED)


def test_a_revocation_voids_what_was_remembered_of_its_user_alone(
    feed: RevocationLogFeed, store: RevocationStore
) -> None:
    before = feed.position
    revoke(store, USER)
    feed.poll()
    assert not feed.unchanged_since(USER, before, at=STARTED)
    assert feed.unchanged_since(OTHER, before, at=STARTED)
    assert feed.unchanged_since(USER, feed.position, at=STARTED)
    revoke(store, USER)
    feed.poll()
    assert not feed.unchanged_since(USER, feed.position - 1, at=STARTED)


def test_what_was_remembered_before_the_first_poll_is_void(
    store: RevocationStore, clock: Clock
) -> None:
    revoke(store, USER)
    feed = RevocationLogFeed(store, clock)
    before = feed.position
    assert not feed.unchanged_since(USER, before, at=STARTED)
    feed.poll()
    assert not feed.unchanged_since(OTHER, before, at=STARTED)


@pytest.mark.parametrize(
    ("later", "certain"),
    [(0.0, True), (LEASE_SECONDS - 0.001, True), (LEASE_SECONDS, False), (9.0, False)],
)
def test_nothing_is_certain_when_the_lease_is_over(
    feed: RevocationLogFeed, later: float, *, certain: bool
) -> None:
    assert feed.unchanged_since(USER, feed.position, at=STARTED + later) is certain


def test_the_lease_counts_from_the_start_of_a_poll(
    feed: RevocationLogFeed, interposed: Interposed, clock: Clock
) -> None:
    def take_half_a_second() -> None:
        clock.now += 0.25  # for each of two reads

    interposed.before_read = take_half_a_second
    feed.poll()
    assert clock.now == STARTED + 0.5
    assert not feed.unchanged_since(USER, feed.position, at=STARTED + LEASE_SECONDS)


@pytest.mark.parametrize(
    ("error", "cause"),
    [(StoreUnavailable("no such host"), "no such host"), (DeadlinePassed(), "no answer")],
    ids=["unavailable", "too late"],
)
def test_a_lost_lease_is_told_once_and_so_is_its_return(
    feed: RevocationLogFeed, interposed: Interposed, clock: Clock, error: Exception, cause: str
) -> None:
    def fail() -> None:
        raise error

    with capture_logs() as logs:
        interposed.before_read = fail
        feed.poll()
        assert feed.unchanged_since(USER, feed.position, at=clock.now)
        assert logs == []  # the lease is not over yet
        for _ in range(3):
            clock.now += LEASE_SECONDS
            feed.poll()
        assert not feed.unchanged_since(USER, feed.position, at=clock.now)
        interposed.before_read = lambda: None
        for _ in range(3):
            feed.poll()
        assert feed.unchanged_since(USER, feed.position, at=clock.now)
    assert logs == [
        {"event": "revocations_unknown", "cause": cause, "log_level": "warning"},
        {"event": "revocations_known", "log_level": "info"},
    ]


def test_an_answer_that_comes_too_late_to_help_is_told(
    feed: RevocationLogFeed, interposed: Interposed, clock: Clock
) -> None:
    def take_a_second() -> None:
        clock.now += 1

    interposed.before_read = take_a_second
    with capture_logs() as logs:
        feed.poll()
    assert [(log["event"], log["cause"]) for log in logs] == [
        ("revocations_unknown", "the answer came too late")
    ]


def test_what_was_revoked_during_a_failure_is_seen_after_it(
    feed: RevocationLogFeed, interposed: Interposed, store: RevocationStore, clock: Clock
) -> None:
    before = feed.position
    interposed.before_read = no_answer
    revoke(store, USER)
    clock.now += LONGEST_GAP_SECONDS
    feed.poll()
    interposed.before_read = lambda: None
    feed.poll()
    assert not feed.unchanged_since(USER, before, at=clock.now)
    assert feed.unchanged_since(OTHER, before, at=clock.now)


def test_after_a_long_failure_nothing_that_was_remembered_counts(
    feed: RevocationLogFeed, store: RevocationStore, clock: Clock
) -> None:
    before = feed.position
    revoke(store, USER)
    clock.now += LONGEST_GAP_SECONDS + 1
    feed.poll()
    for user in (USER, OTHER):
        assert not feed.unchanged_since(user, before, at=clock.now)
        assert feed.unchanged_since(user, feed.position, at=clock.now)
    revoke(store, USER)
    feed.poll()
    assert not feed.unchanged_since(USER, feed.position - 1, at=clock.now)
    assert feed.unchanged_since(OTHER, feed.position - 1, at=clock.now)


def test_a_long_failure_in_which_nothing_was_revoked_voids_nothing(
    feed: RevocationLogFeed, clock: Clock
) -> None:
    before = feed.position
    clock.now += LONGEST_GAP_SECONDS + 1
    feed.poll()
    assert feed.unchanged_since(USER, before, at=clock.now)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("position = 4", id="the first"),
        pytest.param("position = 5", id="one in the middle"),
        pytest.param("position > 3", id="all"),
    ],
)
def test_entries_that_were_deleted_unseen_void_all(
    feed: RevocationLogFeed, store: RevocationStore, location: SqliteLocation, condition: str
) -> None:
    before = feed.position
    revoke(store, USER, USER, OTHER)
    delete_from_log(location, condition)
    feed.poll()
    for user in (USER, OTHER, uuid4()):
        assert not feed.unchanged_since(user, before, at=STARTED)
        assert feed.unchanged_since(user, feed.position, at=STARTED)


def test_a_log_that_grows_between_two_reads_voids_nothing_else(
    feed: RevocationLogFeed, interposed: Interposed, store: RevocationStore
) -> None:
    before = feed.position

    def revoke_after_this_read() -> None:
        interposed.before_read = revoke_once

    def revoke_once() -> None:
        interposed.before_read = lambda: None
        revoke(store, USER)

    interposed.before_read = revoke_after_this_read
    feed.poll()
    assert not feed.unchanged_since(USER, before, at=STARTED)
    assert feed.unchanged_since(OTHER, before, at=STARTED)


def test_more_users_than_are_kept_in_mind_void_all_before(
    store: RevocationStore, clock: Clock
) -> None:
    feed = RevocationLogFeed(store, clock, max_changed_users=3)
    feed.poll()
    before = feed.position
    users = [uuid4() for _ in range(7)]
    revoke(store, *users)
    feed.poll()
    for user in (*users, USER):
        assert not feed.unchanged_since(user, before, at=STARTED)
        assert feed.unchanged_since(user, feed.position, at=STARTED)
    revoke(store, USER)
    feed.poll()
    assert not feed.unchanged_since(USER, feed.position - 1, at=STARTED)
    assert feed.unchanged_since(users[0], feed.position - 1, at=STARTED)


@pytest.mark.parametrize("entries", [0, 1, 2], ids=lambda entries: f"{entries} entries")
def test_a_store_that_was_replaced_voids_all_and_is_followed_from_its_end(
    feed: RevocationLogFeed, interposed: Interposed, another_store: RevocationStore, entries: int
) -> None:
    before = feed.position
    revoke(another_store, *[USER] * entries)
    interposed.store = another_store
    feed.poll()
    assert not feed.unchanged_since(OTHER, before, at=STARTED)
    assert feed.position > before
    for _ in range(5):  # past the place at which the old log ended
        remembered = feed.position
        assert feed.unchanged_since(OTHER, remembered, at=STARTED)
        revoke(another_store, OTHER)
        feed.poll()
        assert not feed.unchanged_since(OTHER, remembered, at=STARTED)
        assert not feed.unchanged_since(OTHER, before, at=STARTED)
        assert feed.unchanged_since(USER, remembered, at=STARTED)


def test_the_log_is_followed_in_the_background_until_the_end(store: RevocationStore) -> None:
    feed = RevocationLogFeed(store, time.monotonic)
    feed.start()
    try:
        before = feed.position
        assert feed.unchanged_since(USER, before, at=time.monotonic())
        revoke(store, USER)
        assert until(lambda: feed.position > before, SECONDS)
        assert not feed.unchanged_since(USER, before, at=time.monotonic())
    finally:
        feed.stop()
    assert "revocation-feed" not in {thread.name for thread in threading.enumerate()}
    feed.stop()


def test_a_store_that_does_not_answer_at_the_start_is_followed_once_it_does(
    interposed: Interposed,
) -> None:
    interposed.before_read = no_answer
    feed = RevocationLogFeed(interposed, time.monotonic)
    with capture_logs() as logs:
        feed.start()
        try:
            assert not feed.unchanged_since(USER, feed.position, at=time.monotonic())
            interposed.before_read = lambda: None
            assert until(
                lambda: feed.unchanged_since(USER, feed.position, at=time.monotonic()), SECONDS
            )
        finally:
            feed.stop()
    assert [log["event"] for log in logs] == ["revocations_unknown", "revocations_known"]


def test_a_poll_that_hangs_loses_the_lease_and_does_not_hold_up_the_end(
    interposed: Interposed,
) -> None:
    feed = RevocationLogFeed(interposed, time.monotonic)
    feed.start()
    hanging, freed = threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        freed.wait(SECONDS)

    interposed.before_read = hang
    try:
        assert hanging.wait(SECONDS)
        assert until(
            lambda: not feed.unchanged_since(USER, feed.position, at=time.monotonic()), SECONDS
        )
        begun = time.monotonic()
        feed.stop()
        assert time.monotonic() - begun < SECONDS / 2
    finally:
        freed.set()
        assert until(
            lambda: "revocation-feed" not in {t.name for t in threading.enumerate()}, SECONDS
        )
