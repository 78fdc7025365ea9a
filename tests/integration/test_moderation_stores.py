"""Moderation on every store: what the rules promise holds on SQLite and on a real Cassandra."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.errors import EtagMismatch, LastModerator, UserNotFound
from getme_server.accounts.moderation import Effect
from getme_server.deadline import Deadline
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.people import CREATED
from tests.unit.accounts.moderating import ACTOR, SECONDS, World

RACERS = 8


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def world(request: pytest.FixtureRequest, new_store: NewStore) -> Iterator[World]:
    stores = open_stores(read_location(new_store(request.param)), NO_LOGIN)
    yield World(stores)
    stores.close()


def person(account_status: str) -> Account:
    user_id = uuid4()
    email = f"{user_id}@example.org"
    return Account(user_id, "Ada", "Example", email, account_status, CREATED, None)


def added(world: World, account_status: str) -> Account:
    someone = person(account_status)
    world.add(someone)
    return someone


@pytest.fixture
def moderators(world: World) -> Iterator[list[Account]]:
    """Two, the only ones; afterwards there is none."""
    two = [added(world, "moderator") for _ in range(2)]
    yield two
    for one in two:
        world.set_status(one, "banned", force=True)


@pytest.mark.parametrize(
    ("before", "after", "effect", "sessions"),
    [
        ("active", "suspended", Effect.BARRED, 1),
        ("suspended", "active", Effect.SIGNED_OUT, 0),
        ("creator", "viewer", Effect.SIGNED_OUT, 0),
        ("active", "creator", Effect.NO_LESS, 1),
        ("", "active", Effect.NO_LESS, 1),
    ],
)
def test_status_and_sessions_are_as_the_rules_say(
    world: World, before: str, after: str, effect: Effect, sessions: int
) -> None:
    someone = added(world, before)
    world.begin_session(someone)
    assert world.set_status(someone, after).effect is effect
    assert world.status(someone) == after
    assert world.session_count(someone) == sessions


def test_of_many_moderators_at_once_one_changes_the_status_and_the_others_are_told(
    world: World,
) -> None:
    someone = added(world, "active")
    all_at_once = Barrier(RACERS)

    def change(number: int) -> bool:
        racing = world.before("accounts", "set_status", all_at_once.wait)
        try:
            racing.set_status(someone, ["suspended", "banned"][number % 2])
        except EtagMismatch:
            return False
        return True

    with ThreadPoolExecutor(RACERS) as threads:
        assert sum(threads.map(change, range(RACERS))) == 1
    assert world.status(someone) in ("suspended", "banned")


def test_last_moderator_is_known_whichever_way_the_others_were_made(
    world: World, moderators: list[Account]
) -> None:
    first, second = moderators
    world.set_status(first, "active")
    with pytest.raises(LastModerator):
        world.set_status(second, "active")
    by_status = added(world, "active")
    world.set_status(by_status, "moderator")
    world.set_status(second, "active")
    with pytest.raises(LastModerator):
        world.administration.lock(by_status.user_id, ACTOR, Deadline(SECONDS))
    world.set_status(second, "moderator")
    world.set_status(by_status, "banned")


def test_two_moderators_who_bar_each_other_do_not_both_succeed(
    world: World, moderators: list[Account]
) -> None:
    both = Barrier(2)

    def bar(one: Account) -> bool:
        racing = world.before("accounts", "set_status", both.wait)
        try:
            racing.set_status(one, "suspended")
        except LastModerator:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        for _ in range(3):
            assert list(threads.map(bar, moderators)) != [True, True]
            assert "moderator" in [world.status(one) for one in moderators]
            for one in moderators:
                world.set_status(one, "moderator")


def test_lock_password_and_deletion_work(world: World) -> None:
    someone, deadline = added(world, "active"), Deadline(60)
    world.begin_session(someone)
    change = world.administration
    change.lock(someone.user_id, ACTOR, deadline)
    assert world.stores.accounts.credentials_locked(someone.email, deadline)
    assert world.session_count(someone) == 0
    assert change.unlock(someone.user_id, ACTOR, deadline)
    change.set_password(someone.user_id, "a hash", ACTOR, deadline)
    found = world.credentials(someone)
    assert found is not None
    assert (found.password, found.account_locked) == ("a hash", False)
    change.delete(someone.user_id, ACTOR, deadline)
    assert world.credentials(someone) is None
    with pytest.raises(UserNotFound):
        world.status(someone)
    world.add(someone._replace(user_id=uuid4()))  # the address is free


@pytest.mark.parametrize("kind", ["sqlite", "cassandra"])
def test_imported_moderator_counts(new_store: NewStore, kind: str) -> None:
    location = read_location(new_store(kind))
    imported = person("moderator")
    with open_import_store(location, NO_LOGIN) as store:
        store.add_accounts([imported])
    stores = open_stores(location, NO_LOGIN)
    try:
        other = World(stores)
        second = added(other, "moderator")
        other.set_status(second, "suspended")
        with pytest.raises(LastModerator):
            other.set_status(imported, "suspended")
    finally:
        stores.close()
