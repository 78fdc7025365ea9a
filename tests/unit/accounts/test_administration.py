"""What operators may change of what signs in, and in which order, over a real SQLite store."""

from collections.abc import Iterator

import pytest

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.audit import Action
from getme_server.accounts.errors import (
    EmailTaken,
    EtagMismatch,
    LastModerator,
    StoreUnavailable,
    UserNotFound,
)
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from tests.conftest import NO_LOGIN
from tests.people import ADA, EMPTY, LOCKED_OUT, MODERATOR, NOBODY
from tests.unit.accounts.moderating import ACTOR, SECOND_MODERATOR, SECONDS, World

HASH = "$argon2id$a-new-hash"


@pytest.fixture
def world(people_database: str) -> Iterator[World]:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    yield World(stores)
    stores.close()


def is_locked(world: World, person: Account) -> bool:
    return world.stores.accounts.credentials_locked(person.email, Deadline(SECONDS))


def lock(world: World, person: Account, *, force: bool = False) -> None:
    world.administration.lock(person.user_id, ACTOR, Deadline(SECONDS), force=force)


def unlock(world: World, person: Account) -> bool:
    return world.administration.unlock(person.user_id, ACTOR, Deadline(SECONDS))


def set_password(world: World, person: Account) -> None:
    world.administration.set_password(person.user_id, HASH, ACTOR, Deadline(SECONDS))


def delete(world: World, person: Account, *, force: bool = False) -> None:
    world.administration.delete(person.user_id, ACTOR, Deadline(SECONDS), force=force)


def actions(world: World) -> list[tuple[Action, str, object, str]]:
    return [record[:4] for record in world.audit]


def remove_credentials(world: World, person: Account) -> None:
    world.stores.credentials.remove(person.email, person.user_id, Deadline(SECONDS))


def cut_off() -> None:
    raise StoreUnavailable("cut off by the test")


def test_lock_ends_all_sessions_and_tokens(world: World) -> None:
    world.begin_session(ADA)
    lock(world, ADA)
    assert is_locked(world, ADA)
    assert world.session_count(ADA) == 0
    assert world.has_revoked_tokens(ADA)
    assert actions(world) == [(Action.LOCKED, ACTOR.by, ADA.user_id, "request-1")]


def test_session_that_begins_while_the_lock_is_written_ends_too(world: World) -> None:
    racing = world.before("credentials", "set_locked", lambda: world.begin_session(ADA))
    lock(racing, ADA)
    assert world.session_count(ADA) == 0


def test_lock_that_was_cut_off_is_finished_by_the_next(world: World) -> None:
    world.begin_session(ADA)
    with pytest.raises(StoreUnavailable):
        lock(world.before("revocations", "revoke_user_tokens", cut_off), ADA)
    assert is_locked(world, ADA)
    lock(world, ADA)
    assert world.session_count(ADA) == 0
    assert world.has_revoked_tokens(ADA)


def test_nothing_from_before_lives_again_when_it_is_unlocked(world: World) -> None:
    world.begin_session(LOCKED_OUT)
    with pytest.raises(StoreUnavailable):
        unlock(world.before("credentials", "set_locked", cut_off), LOCKED_OUT)
    assert is_locked(world, LOCKED_OUT)
    assert world.session_count(LOCKED_OUT) == 0
    assert unlock(world, LOCKED_OUT)
    assert not is_locked(world, LOCKED_OUT)
    assert world.has_revoked_tokens(LOCKED_OUT)
    assert actions(world) == [(Action.UNLOCKED, ACTOR.by, LOCKED_OUT.user_id, "request-1")]


def test_nothing_is_done_where_nothing_is_locked(world: World) -> None:
    world.begin_session(ADA)
    assert not unlock(world, ADA)
    assert world.session_count(ADA) == 1
    assert world.audit == []


@pytest.mark.parametrize("person", [ADA, EMPTY], ids=["removed", "no address"])
def test_lock_of_what_is_not_there_is_told(world: World, person: Account) -> None:
    if person.email:
        remove_credentials(world, person)
    for change in (lock, unlock):
        with pytest.raises(InvalidField, match="no credentials"):
            change(world, person)
    assert world.audit == []


def test_credentials_of_somebody_else_are_not_locked(world: World) -> None:
    """The address of an account may sign in another one, in tables that others write too."""
    remove_credentials(world, ADA)
    others = Credentials(ADA.email, "x", MODERATOR.user_id, account_locked=False)
    world.stores.credentials.add(others, Deadline(SECONDS))
    with pytest.raises(InvalidField):
        lock(world, ADA)
    with pytest.raises(EmailTaken):
        set_password(world, ADA)
    assert world.credentials(ADA) == others


def test_last_moderator_is_locked_only_by_force(world: World) -> None:
    with pytest.raises(LastModerator):
        lock(world, MODERATOR)
    assert not is_locked(world, MODERATOR)
    lock(world, MODERATOR, force=True)
    assert is_locked(world, MODERATOR)
    lock(world, MODERATOR)  # who cannot act any more


def test_moderator_whose_last_colleague_is_barred_meanwhile_is_unlocked_again(
    world: World,
) -> None:
    world.add(SECOND_MODERATOR)
    racing = world.before(
        "credentials", "set_locked", lambda: world.set_status(SECOND_MODERATOR, "banned")
    )
    with pytest.raises(LastModerator):
        lock(racing, MODERATOR)
    assert not is_locked(world, MODERATOR)


@pytest.mark.parametrize("before", ["there", "missing", "locked"])
def test_password_is_put_in_place_and_ends_all_sessions(world: World, before: str) -> None:
    person = LOCKED_OUT if before == "locked" else ADA
    if before == "missing":
        remove_credentials(world, person)
    world.begin_session(person)
    set_password(world, person)
    assert world.credentials(person) == (person.email, HASH, person.user_id, before == "locked")
    assert world.session_count(person) == 0
    assert world.has_revoked_tokens(person)
    assert actions(world) == [(Action.PASSWORD_SET, ACTOR.by, person.user_id, "request-1")]
    assert HASH not in str(world.audit)


def test_session_that_begins_while_the_password_is_written_ends_too(world: World) -> None:
    racing = world.before("credentials", "replace_password", lambda: world.begin_session(ADA))
    set_password(racing, ADA)
    assert world.session_count(ADA) == 0


def test_password_that_was_changed_meanwhile_is_left_alone(world: World) -> None:
    seen = world.credentials(ADA)
    assert seen is not None
    racing = world.before(
        "credentials",
        "replace_password",
        lambda: world.stores.credentials.replace_password(seen, "other", Deadline(SECONDS)),
    )
    with pytest.raises(EtagMismatch):
        set_password(racing, ADA)
    now = world.credentials(ADA)
    assert now is not None
    assert now.password == "other"


def test_who_has_no_address_gets_no_password(world: World) -> None:
    with pytest.raises(InvalidField, match="email"):
        set_password(world, EMPTY)


def test_deleted_account_leaves_nothing_and_frees_its_address(world: World) -> None:
    world.begin_session(ADA)
    delete(world, ADA)
    with pytest.raises(UserNotFound):
        world.status(ADA)
    assert world.credentials(ADA) is None
    assert world.session_count(ADA) == 0
    assert actions(world) == [(Action.DELETED, ACTOR.by, ADA.user_id, "request-1")]
    world.add(SECOND_MODERATOR._replace(email=ADA.email))


def test_removal_that_was_cut_off_is_finished_by_the_next(world: World) -> None:
    with pytest.raises(StoreUnavailable):
        delete(world.before("accounts", "remove", cut_off), ADA)
    delete(world, ADA)
    with pytest.raises(UserNotFound):
        world.status(ADA)


def test_last_moderator_is_deleted_only_by_force(world: World) -> None:
    with pytest.raises(LastModerator):
        delete(world, MODERATOR)
    assert world.status(MODERATOR) == "moderator"
    delete(world, MODERATOR, force=True)
    with pytest.raises(UserNotFound):
        world.status(MODERATOR)


def test_account_is_made_with_the_password_that_it_is_given(world: World) -> None:
    world.administration.create(SECOND_MODERATOR, HASH, ACTOR, Deadline(SECONDS))
    assert world.status(SECOND_MODERATOR) == "moderator"
    made = world.credentials(SECOND_MODERATOR)
    assert made == (SECOND_MODERATOR.email, HASH, SECOND_MODERATOR.user_id, False)
    again = SECOND_MODERATOR._replace(user_id=NOBODY)
    with pytest.raises(EmailTaken):
        world.administration.create(again, HASH, ACTOR, Deadline(SECONDS))
    assert [record.action for record in world.audit] == [Action.REGISTERED]


@pytest.mark.parametrize("change", [lock, unlock, set_password, delete])
def test_nobody_cannot_be_changed(world: World, change: object) -> None:
    assert callable(change)
    with pytest.raises(UserNotFound):
        change(world, ADA._replace(user_id=NOBODY))
    assert world.audit == []
