"""What only Cassandra's log of changes does: entries expire, and come before what they tell of."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.standing import StoredStandings
from getme_server.change_log import LOG_SECONDS, Change
from getme_server.deadline import Deadline
from getme_server.freshness.change_feed import LEASE_SECONDS, ChangeFeed
from getme_server.freshness.remembered_standings import RememberedStandings
from getme_server.stores.cassandra.change_log import QUIET_SECONDS, CassandraChangeLog
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import Stores, open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.tables import Tables, tables_of
from tests.people import ADA
from tests.unit.freshness.feed_in_test import Clock, lone_board

SECONDS = 30
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def location(new_store: NewStore) -> Location:
    return read_location(new_store("cassandra"))


@pytest.fixture(scope="module")
def stores(location: Location) -> Iterator[Stores]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


@pytest.fixture(scope="module")
def tables(location: Location) -> Iterator[Tables]:
    with tables_of(location) as tables:
        yield tables


def revoke(stores: Stores, *users: UUID) -> None:
    for user in users:
        stores.revocations.revoke_tokens(user, [KEY], Deadline(SECONDS), keep_seconds=None)


def last_position(stores: Stores) -> int:
    return stores.changes.head(Deadline(SECONDS)).position


def test_entries_expire_and_their_count_does_not(stores: Stores, tables: Tables) -> None:
    revoke(stores, uuid4())
    ask = (
        "SELECT TTL(userid), TTL(head), TTL(logid) FROM getme_changes"
        " WHERE shard = 0 AND position = ?"
    )
    ((entry, *_),) = tables(ask, last_position(stores))
    assert LOG_SECONDS - SECONDS <= entry <= LOG_SECONDS
    assert tables(ask, 0) == [(None, None, None)]


def test_entries_that_are_gone_are_passed_over(stores: Stores, tables: Tables) -> None:
    start = last_position(stores)
    users = [uuid4() for _ in range(4)]
    revoke(stores, *users)
    for gone in (1, 3):
        tables("DELETE FROM getme_changes WHERE shard = 0 AND position = ?", start + gone)
    left = [Change(start + 2, users[1]), Change(start + 4, users[3])]
    assert stores.changes.after(start, Deadline(SECONDS)) == left
    assert last_position(stores) == start + 4


class Killed(Exception):
    """The process ends here."""


class Remembering:
    """A server that remembers users, with a clock of the test's."""

    def __init__(self, stores: Stores) -> None:
        self.clock = Clock()
        self.feed = ChangeFeed(stores.changes, lone_board(), self.clock)
        self._standings = RememberedStandings(
            StoredStandings(stores.accounts),
            self.feed,
            ttl_seconds=60,
            max_bytes=1_000_000,
            looked_up=lambda _found: None,
            clock=self.clock,
        )
        self.feed.poll()

    def go_on(self, seconds: float) -> None:
        """Polls often enough while time goes on."""
        ends = self.clock.now + seconds
        while self.clock.now < ends:
            self.clock.now = min(ends, self.clock.now + LEASE_SECONDS / 2)
            self.feed.poll()

    def answer(self, user: UUID) -> tuple[str, bool]:
        """A user's name, and whether it is remembered."""
        standing = self._standings.standing(user, Deadline(SECONDS))
        return standing.account.firstname, standing.seen is not None


@pytest.fixture
def remembering(stores: Stores) -> Remembering:
    """Long after its start."""
    remembering = Remembering(stores)
    remembering.go_on(QUIET_SECONDS)
    return remembering


@pytest.fixture
def someone(location: Location) -> Account:
    account = ADA._replace(user_id=uuid4())
    with open_import_store(location, NO_LOGIN) as importing:
        importing.add_accounts([account])
    return account


def die_in_a_change(location: Location, user: UUID) -> None:
    """A process is killed when the entry is in the log, and before what it tells of is written."""
    with closing(open_stores(location, NO_LOGIN)) as stores:
        log: Any = stores.changes
        assert isinstance(log, CassandraChangeLog)
        with pytest.raises(Killed), log.announced(user, Deadline(SECONDS)):
            raise Killed


def test_what_a_killed_process_has_written_late_is_seen(
    location: Location, tables: Tables, remembering: Remembering, someone: Account
) -> None:
    user = someone.user_id
    assert remembering.answer(user) == ("Ada", True)
    die_in_a_change(location, user)
    remembering.feed.poll()
    for _ in range(3):
        remembering.go_on(QUIET_SECONDS / 4)
        assert remembering.answer(user) == ("Ada", False)
    tables("UPDATE users SET firstname = 'Late' WHERE userid = ?", user)
    assert remembering.answer(user) == ("Late", False)
    remembering.go_on(QUIET_SECONDS / 4 + 0.001)
    assert remembering.answer(user) == ("Late", True)


def test_a_change_that_was_never_made_leaves_nothing_but_its_entry(
    location: Location, remembering: Remembering, someone: Account
) -> None:
    user = someone.user_id
    remembering.answer(user)
    die_in_a_change(location, user)
    remembering.feed.poll()
    assert remembering.answer(user) == ("Ada", False)
    remembering.go_on(QUIET_SECONDS + 0.001)
    assert remembering.answer(user) == ("Ada", True)


def test_what_was_changed_before_a_server_began_to_follow_may_be_under_way(
    location: Location, stores: Stores, someone: Account
) -> None:
    die_in_a_change(location, someone.user_id)
    remembering = Remembering(stores)
    remembering.go_on(QUIET_SECONDS - 0.001)
    assert remembering.answer(someone.user_id) == ("Ada", False)
    remembering.clock.now += 0.001
    assert remembering.answer(someone.user_id) == ("Ada", True)
