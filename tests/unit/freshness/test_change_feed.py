"""What the feed vouches for, with the real log on SQLite and a clock that the test sets."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from getme.lease import MAX_CHANGED_USERS
from getme_server.accounts.errors import StoreUnavailable
from getme_server.errors import DeadlinePassed
from getme_server.freshness.change_feed import LEASE_SECONDS, LONGEST_GAP_SECONDS, ChangeFeed
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import Stores, migrate, open_stores
from tests.conftest import NO_LOGIN
from tests.unit.freshness.feed_in_test import (
    SECONDS,
    STARTED,
    Clock,
    Interposed,
    change,
    lone_board,
    no_answer,
    nothing,
)
from tests.waiting import until

USER = uuid4()
OTHER = uuid4()


@pytest.fixture
def another_file(tmp_path: Path) -> Iterator[Stores]:
    """Another log, which begins at 0."""
    location = SqliteLocation(str(tmp_path / "another.db"))
    migrate(location, NO_LOGIN)
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


def run(location: SqliteLocation, *statements: str) -> None:
    """As another process does."""
    with closing(sqlite3.connect(location.path)) as database, database:
        for statement in statements:
            database.execute(statement)


def test_a_user_of_whom_the_log_says_nothing_is_covered(feed: ChangeFeed) -> None:
    assert feed.place == 3
    assert feed.position_of(USER) == 3
    assert feed.covers(USER, feed.place, at=STARTED)


def test_a_change_voids_what_was_remembered_of_its_user_alone(
    feed: ChangeFeed, stores: Stores
) -> None:
    before = feed.place
    change(stores, USER)
    feed.poll()
    assert not feed.covers(USER, before, at=STARTED)
    assert feed.covers(OTHER, before, at=STARTED)
    assert feed.position_of(USER) == feed.place
    assert feed.covers(USER, feed.place, at=STARTED)
    change(stores, USER)
    feed.poll()
    assert not feed.covers(USER, feed.place - 1, at=STARTED)


def test_who_has_changed_since_a_place_is_told(feed: ChangeFeed, stores: Stores) -> None:
    before = feed.place
    assert feed.changed_since(before) == []
    change(stores, USER, OTHER, USER)
    feed.poll()
    assert sorted(feed.changed_since(before) or ()) == sorted([USER, OTHER])
    assert feed.changed_since(before + 2) == [USER]
    assert feed.changed_since(before - 1) is None  # nobody was told of that here


def test_what_was_remembered_before_the_first_poll_is_void(stores: Stores, clock: Clock) -> None:
    change(stores, USER)
    feed = ChangeFeed(stores.changes, lone_board(), clock)
    before = feed.position_of(USER)
    assert not feed.covers(USER, before, at=STARTED)
    feed.poll()
    assert not feed.covers(OTHER, before, at=STARTED)


@pytest.mark.parametrize(
    ("later", "certain"),
    [(0.0, True), (LEASE_SECONDS - 0.001, True), (LEASE_SECONDS, False), (9.0, False)],
)
def test_nothing_is_certain_when_the_lease_is_over(
    feed: ChangeFeed, later: float, *, certain: bool
) -> None:
    assert feed.covers(USER, feed.place, at=STARTED + later) is certain
    assert feed.lease_ends == STARTED + LEASE_SECONDS


def test_the_lease_counts_from_the_start_of_a_poll(
    feed: ChangeFeed, stores: Stores, interposed: Interposed, clock: Clock
) -> None:
    def take_half_a_second() -> None:
        clock.now += 0.25  # for each of two reads

    change(stores, OTHER)
    interposed.before_read = take_half_a_second
    feed.poll()
    assert clock.now == STARTED + 0.5
    assert feed.polled == STARTED
    assert feed.covers(USER, feed.place, at=STARTED + LEASE_SECONDS - 0.001)
    assert not feed.covers(USER, feed.place, at=STARTED + LEASE_SECONDS)


@pytest.mark.parametrize(
    ("error", "cause"),
    [(StoreUnavailable("no such host"), "no such host"), (DeadlinePassed(), "no answer")],
    ids=["unavailable", "too late"],
)
def test_a_lost_lease_is_told_once_and_so_is_its_return(
    feed: ChangeFeed, interposed: Interposed, clock: Clock, error: Exception, cause: str
) -> None:
    def fail() -> None:
        raise error

    with capture_logs() as logs:
        interposed.before_read = fail
        feed.poll()
        assert feed.covers(USER, feed.place, at=clock.now)
        assert logs == []  # the lease is not over yet
        for _ in range(3):
            clock.now += LEASE_SECONDS
            feed.poll()
        assert not feed.covers(USER, feed.place, at=clock.now)
        interposed.before_read = nothing
        for _ in range(3):
            feed.poll()
        assert feed.covers(USER, feed.place, at=clock.now)
    assert logs == [
        {"event": "changes_unknown", "cause": cause, "log_level": "warning"},
        {"event": "changes_known", "log_level": "info"},
    ]


def test_an_answer_that_comes_too_late_to_help_is_told(
    feed: ChangeFeed, interposed: Interposed, clock: Clock
) -> None:
    def take_a_second() -> None:
        clock.now += 1

    interposed.before_read = take_a_second
    with capture_logs() as logs:
        feed.poll()
    assert [(log["event"], log["cause"]) for log in logs] == [
        ("changes_unknown", "the answer came too late")
    ]


def test_listeners_hear_of_each_poll_when_all_is_known_and_of_no_moment_that_is_not(
    feed: ChangeFeed, stores: Stores, interposed: Interposed, clock: Clock
) -> None:
    heard: list[tuple[int, float]] = []
    feed.listen(lambda: heard.append((feed.place, feed.polled)))
    change(stores, USER)
    clock.now += 1
    feed.poll()
    interposed.before_read = no_answer
    clock.now += 1
    feed.poll()
    assert heard == [(4, STARTED + 1), (4, STARTED + 1)]


def test_what_was_changed_during_a_failure_is_seen_after_it(
    feed: ChangeFeed, interposed: Interposed, stores: Stores, clock: Clock
) -> None:
    before = feed.place
    interposed.before_read = no_answer
    change(stores, USER)
    clock.now += LONGEST_GAP_SECONDS
    feed.poll()
    interposed.before_read = nothing
    feed.poll()
    assert not feed.covers(USER, before, at=clock.now)
    assert feed.covers(OTHER, before, at=clock.now)


def test_after_a_long_failure_nothing_that_was_remembered_counts(
    feed: ChangeFeed, stores: Stores, clock: Clock
) -> None:
    before = feed.place
    change(stores, USER)
    clock.now += LONGEST_GAP_SECONDS + 1
    feed.poll()
    assert feed.changed_since(before) is None
    for user in (USER, OTHER):
        assert not feed.covers(user, before, at=clock.now)
        assert feed.covers(user, feed.place, at=clock.now)
    change(stores, USER)
    feed.poll()
    assert not feed.covers(USER, feed.place - 1, at=clock.now)
    assert feed.covers(OTHER, feed.place - 1, at=clock.now)


def test_a_long_failure_in_which_nothing_was_changed_voids_nothing(
    feed: ChangeFeed, clock: Clock
) -> None:
    before = feed.place
    clock.now += LONGEST_GAP_SECONDS + 1
    feed.poll()
    assert feed.covers(USER, before, at=clock.now)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("position = 4", id="the first"),
        pytest.param("position = 5", id="one in the middle"),
        pytest.param("position > 3", id="all"),
    ],
)
def test_entries_that_were_deleted_unseen_void_all(
    feed: ChangeFeed, stores: Stores, location: SqliteLocation, condition: str
) -> None:
    before, known_log = feed.place, feed.known_log
    change(stores, USER, USER, OTHER)
    run(location, f"DELETE FROM getme_changes WHERE {condition}")  # noqa: S608  # no secret
    feed.poll()
    for user in (USER, OTHER, uuid4()):
        assert not feed.covers(user, before, at=STARTED)
        assert feed.covers(user, feed.place, at=STARTED)
    assert feed.place == before + 3
    assert feed.known_log == known_log  # its positions mean what they meant


def test_a_log_that_grows_between_two_reads_voids_nothing_else(
    feed: ChangeFeed, interposed: Interposed, stores: Stores
) -> None:
    before = feed.place
    change(stores, USER)

    def change_after_this_read() -> None:
        interposed.before_read = change_once

    def change_once() -> None:
        interposed.before_read = nothing
        change(stores, USER)

    interposed.before_read = change_after_this_read
    feed.poll()
    assert feed.place == before + 2
    assert not feed.covers(USER, before, at=STARTED)
    assert not feed.covers(USER, before + 1, at=STARTED)
    assert feed.covers(OTHER, before, at=STARTED)


def test_more_users_than_are_kept_in_mind_void_all_before(
    feed: ChangeFeed, location: SqliteLocation, stores: Stores
) -> None:
    before = feed.place
    users = [uuid4() for _ in range(MAX_CHANGED_USERS + 1)]
    with closing(sqlite3.connect(location.path)) as database, database:
        entries = [(str(user), 2e9) for user in users]
        database.executemany("INSERT INTO getme_changes (userid, logged) VALUES (?, ?)", entries)
    feed.poll()
    assert feed.changed_since(before) is None
    for user in (users[0], users[-1], USER):
        assert not feed.covers(user, before, at=STARTED)
        assert feed.covers(user, feed.place, at=STARTED)
    change(stores, USER)
    feed.poll()
    assert not feed.covers(USER, feed.place - 1, at=STARTED)
    assert feed.covers(users[0], feed.place - 1, at=STARTED)


@pytest.mark.parametrize("entries", [0, 1, 2], ids=lambda entries: f"{entries} entries")
def test_another_log_voids_all_and_is_followed_from_its_end(
    feed: ChangeFeed, interposed: Interposed, another_file: Stores, entries: int
) -> None:
    before, known_log = feed.place, feed.known_log
    change(another_file, *[USER] * entries)
    interposed.log = another_file.changes
    feed.poll()
    assert not feed.covers(OTHER, before, at=STARTED)
    assert feed.place > before
    assert feed.changed_since(before) is None
    assert feed.known_log.log_id != known_log.log_id
    for position in range(entries, entries + 5):  # past the place at which the old log ended
        remembered = feed.place
        assert remembered - feed.known_log.offset == position
        assert feed.covers(OTHER, remembered, at=STARTED)
        change(another_file, OTHER)
        feed.poll()
        assert not feed.covers(OTHER, remembered, at=STARTED)
        assert not feed.covers(OTHER, before, at=STARTED)
        assert feed.covers(USER, remembered, at=STARTED)


def test_a_log_that_lost_its_end_voids_all_and_is_one_that_nobody_else_knows(
    feed: ChangeFeed, stores: Stores, location: SqliteLocation, clock: Clock
) -> None:
    log_id = feed.known_log.log_id
    other_worker = ChangeFeed(stores.changes, lone_board(), clock)
    other_worker.poll()
    assert other_worker.known_log == feed.known_log
    before = feed.place
    run(
        location,
        "DELETE FROM getme_changes WHERE position > 1",
        "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'getme_changes'",
    )
    own_ids: set[str] = set()
    for one in (feed, other_worker):
        one.poll()
        own_ids.add(one.known_log.log_id)
        assert one.place > before
        assert one.place - one.known_log.offset == 1
        for user in (USER, OTHER):
            assert not one.covers(user, before, at=STARTED)
            assert one.covers(user, one.place, at=STARTED)
    assert len({log_id, *own_ids}) == 3
    remembered = feed.place
    change(stores, USER, OTHER, USER)  # past the place at which it ended before
    feed.poll()
    assert not feed.covers(USER, remembered, at=STARTED)
    assert feed.covers(uuid4(), remembered, at=STARTED)
    assert feed.known_log.log_id in own_ids
    assert feed.place - feed.known_log.offset == 4


def test_the_log_is_followed_in_the_background_until_the_end(stores: Stores) -> None:
    feed = ChangeFeed(stores.changes, lone_board(), time.monotonic)
    feed.start()
    try:
        before = feed.place
        assert feed.covers(USER, before, at=time.monotonic())
        change(stores, USER)
        assert until(lambda: feed.place > before, SECONDS)
        assert not feed.covers(USER, before, at=time.monotonic())
    finally:
        feed.stop()
    assert "change-feed" not in names_of_threads()
    feed.stop()


def test_a_store_that_does_not_answer_at_the_start_is_followed_once_it_does(
    interposed: Interposed,
) -> None:
    interposed.before_read = no_answer
    feed = ChangeFeed(interposed, lone_board(), time.monotonic)
    with capture_logs() as logs:
        feed.start()
        try:
            assert not is_certain_of(feed, USER)
            interposed.before_read = nothing
            assert until(lambda: is_certain_of(feed, USER), SECONDS)
        finally:
            feed.stop()
    assert [log["event"] for log in logs] == ["changes_unknown", "changes_known"]


def test_a_poll_that_hangs_loses_the_lease_and_does_not_hold_up_the_end(
    interposed: Interposed,
) -> None:
    feed = ChangeFeed(interposed, lone_board(), time.monotonic)
    feed.start()
    hanging, freed = threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        freed.wait(SECONDS)

    interposed.before_read = hang
    try:
        assert hanging.wait(SECONDS)
        assert until(lambda: not is_certain_of(feed, USER), SECONDS)
        begun = time.monotonic()
        feed.stop()
        assert time.monotonic() - begun < SECONDS / 2
    finally:
        freed.set()
        assert until(lambda: "change-feed" not in names_of_threads(), SECONDS)


def is_certain_of(feed: ChangeFeed, user: UUID) -> bool:
    return feed.covers(user, feed.place, at=time.monotonic())


def names_of_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}
