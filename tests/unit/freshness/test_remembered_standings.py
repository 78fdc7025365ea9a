"""What is remembered of users, for how long, and what makes the store be asked again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from uuid import UUID, uuid4

import pytest

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.accounts.standing import Seen
from getme_server.deadline import Deadline
from getme_server.freshness.change_feed import LEASE_SECONDS
from getme_server.freshness.remembered_standings import MISSING_SECONDS, SLOW_READ_SECONDS
from getme_server.stores.location import SqliteLocation, read_location
from getme_server.stores.opening import Stores, open_import_store, open_stores
from tests.conftest import NO_LOGIN
from tests.people import ADA, CREATOR, EMPTY, LOCKED_OUT, NOBODY
from tests.unit.freshness.feed_in_test import SECONDS, STARTED, change, no_answer, nothing
from tests.unit.freshness.standings_in_test import TTL_SECONDS, World

A_WHILE = LEASE_SECONDS / 2


@pytest.fixture
def location(people_database: str) -> SqliteLocation:
    location = read_location(people_database)
    assert isinstance(location, SqliteLocation)
    return location


@pytest.fixture
def people(location: SqliteLocation) -> Iterator[Stores]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


@pytest.fixture
def world(people: Stores) -> World:
    return World(people)


def rename_around_getme(location: SqliteLocation, firstname: str) -> None:
    with closing(sqlite3.connect(location.path)) as database, database:
        database.execute("UPDATE users SET firstname = ?", (firstname,))


def test_the_store_is_asked_once_and_its_answer_is_given_again(world: World) -> None:
    for person in (ADA, CREATOR, LOCKED_OUT, EMPTY):
        for _ in range(3):
            standing = world.ask(person.user_id)
            assert standing.account == person
            assert standing.is_locked is (person is LOCKED_OUT)
    assert world.asked.reads == 4
    assert world.looked_up == [False, True, True] * 4


def test_what_is_changed_around_getme_counts_after_the_time_to_live(
    world: World, location: SqliteLocation
) -> None:
    world.ask()
    rename_around_getme(location, "New")
    for _ in range(6):  # that it is used does not lengthen it
        world.wait(TTL_SECONDS / 6 - 0.001)
        assert world.ask().account.firstname == ADA.firstname
    assert world.asked.reads == 1
    world.wait(0.006)
    assert world.ask().account.firstname == "New"


def test_a_time_to_live_of_0_remembers_nothing(people: Stores) -> None:
    world = World(people, ttl_seconds=0)
    for reads in (1, 2, 3):
        assert world.ask().seen is None
        assert world.asked.reads == reads
    for _ in range(2):
        with pytest.raises(UserNotFound):
            world.ask(NOBODY)
    assert world.asked.reads == 5
    assert world.standings.memory.entries == 0


def test_a_change_through_getme_voids_what_is_remembered_of_its_user_alone(world: World) -> None:
    world.ask()
    world.ask(CREATOR.user_id)
    renamed = world.rename(ADA, "New")
    assert world.ask().account == ADA  # of which the feed has not heard
    world.wait(A_WHILE)
    assert world.ask().account == renamed
    assert world.ask().account == renamed
    assert world.ask(CREATOR.user_id).account == CREATOR
    assert world.asked.reads == 3


@pytest.mark.parametrize("locked", [True, False], ids=["locks", "unlocks"])
def test_a_lock_and_its_end_are_changes(world: World, *, locked: bool) -> None:
    person = ADA if locked else LOCKED_OUT
    assert world.ask(person.user_id).is_locked is not locked
    assert world.stores.credentials.set_locked(
        person.email, locked=locked, deadline=Deadline(SECONDS)
    )
    world.wait(A_WHILE)
    assert world.ask(person.user_id).is_locked is locked


@pytest.mark.parametrize("ttl_seconds", [0, TTL_SECONDS])
def test_what_was_changed_during_a_slow_read_is_read_again(
    people: Stores, ttl_seconds: float
) -> None:
    world = World(people, ttl_seconds=ttl_seconds)

    def changed() -> None:
        world.asked.after_read = nothing
        world.rename(ADA, "New")
        world.wait(SLOW_READ_SECONDS + 0.001)

    world.asked.after_read = changed
    assert world.ask().account.firstname == "New"
    assert world.asked.reads == 2


def test_a_slow_read_is_enough_where_nothing_has_changed(world: World) -> None:
    world.asked.after_read = lambda: world.wait(SLOW_READ_SECONDS + 0.001)
    world.ask()
    assert world.asked.reads == 1


def test_the_store_is_asked_each_time_while_the_feed_is_certain_of_nothing(world: World) -> None:
    world.ask()
    world.log.before_read = no_answer
    world.wait(LEASE_SECONDS - 0.001)
    world.ask()
    assert world.asked.reads == 1
    world.wait(0.001)
    for reads in (2, 3):
        world.ask()
        assert world.asked.reads == reads
    world.log.before_read = nothing
    world.wait(0)
    world.ask()  # nothing has changed meanwhile, as the feed knows now
    assert world.asked.reads == 3


@pytest.mark.parametrize(
    ("age", "max_staleness", "reads"),
    [
        pytest.param(0, 0, 2, id="none at all"),
        pytest.param(5, 0, 2, id="none at all, of an older one"),
        pytest.param(5, 5.001, 1, id="a longer one"),
        pytest.param(5, 5, 2, id="just as long"),
        pytest.param(5, 4.999, 2, id="a shorter one"),
        pytest.param(5, 1e9, 1, id="one that says nothing"),
        pytest.param(TTL_SECONDS, 1e9, 2, id="longer than anything is remembered"),
    ],
)
def test_an_answer_is_no_older_than_was_asked_for(
    world: World, age: float, max_staleness: float, reads: int
) -> None:
    world.ask()
    world.wait(age)
    world.ask(max_staleness_seconds=max_staleness)
    assert world.asked.reads == reads


def test_what_was_read_for_one_who_wants_it_new_is_remembered_for_the_others(
    world: World, location: SqliteLocation
) -> None:
    world.ask()
    rename_around_getme(location, "New")
    assert world.ask(max_staleness_seconds=0).account.firstname == "New"
    assert world.ask().account.firstname == "New"
    assert world.asked.reads == 2
    assert world.looked_up == [False, False, True]


def test_when_it_was_read_and_until_when_it_counts_is_told(world: World) -> None:
    change(world.stores, CREATOR.user_id)
    world.wait(1)
    place = world.feed.place

    def take_a_while() -> None:
        world.clock.now += SLOW_READ_SECONDS / 2

    world.asked.before_read = take_a_while
    seen = world.ask().seen
    assert seen == Seen(place, STARTED + 1, STARTED + 1 + TTL_SECONDS)
    change(world.stores, CREATOR.user_id)
    world.wait(1)
    assert world.ask().seen == seen


def test_what_was_changed_while_it_was_read_is_read_again(world: World) -> None:
    def rename_behind_the_read() -> None:
        world.asked.after_read = nothing
        world.rename(ADA, "New")
        world.wait(0)

    world.asked.after_read = rename_behind_the_read
    assert world.ask().account == ADA
    assert world.ask().account.firstname == "New"


def test_nothing_is_remembered_of_who_is_quiet(world: World) -> None:
    world.log.quiet_seconds = 6
    change(world.stores, ADA.user_id)
    world.wait(0)
    for reads in (1, 2):
        standing = world.ask()
        assert (standing.account, standing.seen) == (ADA, None)
        assert world.asked.reads == reads
    world.ask(CREATOR.user_id)
    world.ask(CREATOR.user_id)
    assert world.asked.reads == 3
    world.wait(6.001)
    assert world.ask().seen is not None
    world.ask()
    assert world.asked.reads == 4


def test_that_somebody_is_missing_is_remembered_for_a_moment(world: World) -> None:
    for _ in range(3):
        with pytest.raises(UserNotFound):
            world.ask(NOBODY)
    assert world.asked.reads == 1
    made = ADA._replace(user_id=NOBODY, email="new@example.org")
    credentials = Credentials(made.email, "unusable", NOBODY, account_locked=False)
    world.stores.accounts.create(made, credentials, Deadline(SECONDS))
    world.wait(MISSING_SECONDS - 0.001)
    with pytest.raises(UserNotFound):
        world.ask(NOBODY)
    world.wait(0.001)
    assert world.ask(NOBODY).account == made
    assert world.looked_up == [False, True, True, True, False]


def test_that_somebody_is_missing_is_remembered_no_longer_than_anything(people: Stores) -> None:
    world = World(people, ttl_seconds=0.1)
    for reads in (1, 2):
        with pytest.raises(UserNotFound):
            world.ask(NOBODY)
        assert world.asked.reads == reads
        world.wait(0.1)


def test_a_user_who_is_removed_is_missing(world: World) -> None:
    world.ask()
    world.stores.accounts.remove(ADA.user_id, Deadline(SECONDS))
    world.wait(A_WHILE)
    with pytest.raises(UserNotFound):
        world.ask()


def test_a_failure_is_raised_and_not_remembered(world: World) -> None:
    world.asked.before_read = no_answer
    for reads in (1, 2):
        with pytest.raises(StoreUnavailable):
            world.ask()
        assert world.asked.reads == reads
    world.asked.before_read = nothing
    assert world.ask().account == ADA


def test_what_is_remembered_is_answered_though_the_store_is_away(world: World) -> None:
    world.ask()
    world.asked.before_read = no_answer
    assert world.ask().account == ADA
    with pytest.raises(StoreUnavailable):
        world.ask(max_staleness_seconds=0)
    assert world.ask().account == ADA


def person(number: int, length: int) -> Account:
    """Whose names are that long."""
    return ADA._replace(
        user_id=UUID(int=number + 1), firstname="x" * length, email=f"{number}@example.org"
    )


def test_memory_is_bounded_by_its_bytes_and_keeps_who_asks_often(
    people: Stores, people_database: str
) -> None:
    max_bytes = 100_000
    crowd = [person(number, 10 * (number % 50)) for number in range(300)]
    with open_import_store(read_location(people_database), NO_LOGIN) as store:
        store.add_accounts(crowd)
    world = World(people, max_bytes=max_bytes)
    for one in crowd:
        world.ask(one.user_id)
        world.ask()
        with pytest.raises(UserNotFound):
            world.ask(uuid4())
        assert world.standings.memory.bytes <= max_bytes
    assert world.standings.memory.bytes > max_bytes / 3
    assert world.asked.reads == 2 * len(crowd) + 1


def test_who_is_larger_than_memory_is_read_each_time(people: Stores, people_database: str) -> None:
    giant = person(0, 20_000)
    with open_import_store(read_location(people_database), NO_LOGIN) as store:
        store.add_accounts([giant])
    world = World(people, max_bytes=30_000)
    for reads in (1, 2):
        assert world.ask(giant.user_id).account == giant
        assert world.asked.reads == reads
    assert world.standings.memory.entries == 0
