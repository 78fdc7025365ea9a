"""Where the entry comes before the change, nothing is remembered until the change is there.

The log is SQLite's real one, which takes itself for one of such a store.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from getme_server.accounts.standing import StoredStandings
from getme_server.deadline import Deadline
from getme_server.freshness.change_feed import LEASE_SECONDS, LONGEST_GAP_SECONDS, ChangeFeed
from getme_server.freshness.remembered_standings import RememberedStandings
from getme_server.stores.location import SqliteLocation, read_location
from getme_server.stores.opening import Stores, migrate, open_stores
from tests.conftest import NO_LOGIN
from tests.people import ADA
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

QUIET_SECONDS = 6.0
USER = uuid4()
OTHER = uuid4()


@pytest.fixture
def quiet(stores: Stores) -> Interposed:
    change(stores, OTHER)
    log = Interposed(stores.changes)
    log.quiet_seconds = QUIET_SECONDS
    return log


@pytest.fixture
def following(quiet: Interposed, clock: Clock) -> ChangeFeed:
    """Long after it began."""
    feed = ChangeFeed(quiet, lone_board(), clock)
    feed.poll()
    go_on(feed, clock, QUIET_SECONDS + 1)
    return feed


def go_on(feed: ChangeFeed, clock: Clock, seconds: float) -> None:
    """Polls often enough while time goes on."""
    ends = clock.now + seconds
    while clock.now < ends:
        clock.now = min(ends, clock.now + LEASE_SECONDS / 2)
        feed.poll()


def test_nothing_is_remembered_of_a_user_for_the_quiet_time(
    following: ChangeFeed, stores: Stores, clock: Clock
) -> None:
    before = following.place
    change(stores, USER)
    following.poll()
    go_on(following, clock, QUIET_SECONDS)
    assert following.position_of(USER) == -1
    for position in (before, following.place):
        assert not following.covers(USER, position, at=clock.now)
    assert following.position_of(OTHER) == following.place
    assert following.covers(OTHER, before, at=clock.now)
    go_on(following, clock, 0.001)  # the quiet time is over, and a later poll has told no more
    assert following.position_of(USER) == following.place
    assert following.covers(USER, following.place, at=clock.now)
    assert not following.covers(USER, before, at=clock.now)


def test_what_was_read_in_the_quiet_time_does_not_count_after_it(
    following: ChangeFeed, stores: Stores, clock: Clock
) -> None:
    change(stores, USER)
    following.poll()
    position = following.position_of(USER)
    go_on(following, clock, QUIET_SECONDS + 1)
    assert not following.covers(USER, position, at=clock.now)


def test_each_entry_begins_the_quiet_time_anew(
    following: ChangeFeed, stores: Stores, clock: Clock
) -> None:
    change(stores, USER)
    following.poll()
    go_on(following, clock, QUIET_SECONDS - 1)
    change(stores, USER)
    following.poll()
    go_on(following, clock, QUIET_SECONDS)
    assert following.position_of(USER) == -1
    go_on(following, clock, 0.001)
    assert following.position_of(USER) == following.place


def test_the_quiet_time_counts_from_when_the_entry_was_seen(
    following: ChangeFeed, stores: Stores, quiet: Interposed, clock: Clock
) -> None:
    change(stores, USER)

    def take_a_third_of_a_second() -> None:
        clock.now += 0.3

    quiet.before_read = take_a_third_of_a_second
    following.poll()
    quiet.before_read = nothing
    go_on(following, clock, QUIET_SECONDS)
    assert following.position_of(USER) == -1


def test_after_the_start_nothing_is_remembered_of_anybody_for_the_quiet_time(
    quiet: Interposed, clock: Clock
) -> None:
    feed = ChangeFeed(quiet, lone_board(), clock)
    feed.poll()
    go_on(feed, clock, QUIET_SECONDS - 0.001)
    assert feed.position_of(USER) == -1
    clock.now += 0.001
    assert feed.position_of(USER) == feed.place
    assert feed.covers(USER, feed.place, at=clock.now)


@pytest.fixture
def another_log(tmp_path: Path) -> Iterator[Stores]:
    location = SqliteLocation(str(tmp_path / "another.db"))
    migrate(location, NO_LOGIN)
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


@pytest.mark.parametrize("gap", ["long away", "another log"])
def test_after_a_gap_nothing_is_remembered_of_anybody_for_the_quiet_time(
    following: ChangeFeed, quiet: Interposed, another_log: Stores, clock: Clock, gap: str
) -> None:
    if gap == "another log":
        quiet.log = another_log.changes
    else:
        quiet.before_read = no_answer
        go_on(following, clock, LONGEST_GAP_SECONDS + 1)
        quiet.before_read = nothing
    following.poll()
    go_on(following, clock, QUIET_SECONDS - 0.001)
    assert following.position_of(OTHER) == -1
    clock.now += 0.001
    assert following.position_of(OTHER) == following.place


def test_a_store_that_writes_both_at_once_has_no_quiet_time(
    feed: ChangeFeed, stores: Stores
) -> None:
    change(stores, USER)
    feed.poll()
    assert feed.position_of(USER) == feed.place
    assert feed.covers(USER, feed.place, at=STARTED)


def test_a_change_that_takes_effect_late_is_seen_though_its_writer_died(
    people_database: str, clock: Clock
) -> None:
    """The writer has announced it, and is killed while what it wrote is under way."""
    location = read_location(people_database)
    assert isinstance(location, SqliteLocation)
    with closing(open_stores(location, NO_LOGIN)) as stores:
        log = Interposed(stores.changes)
        log.quiet_seconds = QUIET_SECONDS
        feed = ChangeFeed(log, lone_board(), clock)
        feed.poll()
        go_on(feed, clock, QUIET_SECONDS)
        standings = RememberedStandings(
            StoredStandings(stores.accounts),
            feed,
            ttl_seconds=60,
            max_bytes=10_000,
            looked_up=lambda _found: None,
            clock=clock,
        )

        def firstname() -> str:
            return standings.standing(ADA.user_id, Deadline(SECONDS)).account.firstname

        assert firstname() == ADA.firstname
        change(stores, ADA.user_id)  # its entry, and no name is changed yet
        feed.poll()
        for _ in range(5):
            go_on(feed, clock, QUIET_SECONDS / 6)
            assert firstname() == ADA.firstname
        with closing(sqlite3.connect(location.path)) as database, database:
            database.execute("UPDATE users SET firstname = 'Late'")
        assert firstname() == "Late"
        go_on(feed, clock, QUIET_SECONDS)
        assert firstname() == "Late"
