"""What moderators may change, and what becomes of sessions and tokens, over a real SQLite store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.audit import Action
from getme_server.accounts.errors import (
    EtagMismatch,
    LastModerator,
    StoreUnavailable,
    UserNotFound,
)
from getme_server.accounts.moderation import Effect
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from tests.conftest import NO_LOGIN
from tests.people import (
    ADA,
    BANNED,
    CREATOR,
    EMPTY,
    INACTIVE,
    LOCKED,
    LOCKED_OUT,
    MODERATOR,
    NOBODY,
    STRANGE,
    SUSPENDED,
)
from tests.unit.accounts.moderating import ACTOR, SECOND_MODERATOR, SECONDS, World

BARRING = ("suspended", "inactive", "locked", "banned")


@pytest.fixture
def world(people_database: str) -> Iterator[World]:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    yield World(stores)
    stores.close()


@pytest.mark.parametrize("person", [ADA, CREATOR, STRANGE, SUSPENDED], ids=lambda p: p.firstname)
@pytest.mark.parametrize("status", ["inactive", "locked", "banned"])
def test_barring_writes_the_status_and_leaves_tokens_to_it(
    world: World, person: Account, status: str
) -> None:
    """So that they are answered with the status, and not as revoked ones."""
    world.begin_session(person)
    change = world.set_status(person, status)
    assert change == (person._replace(account_status=status), person.account_status, Effect.BARRED)
    assert world.status(person) == status
    assert world.session_count(person) == 1
    assert not world.has_revoked_tokens(person)


@pytest.mark.parametrize("person", [SUSPENDED, LOCKED, INACTIVE, BANNED], ids=lambda p: p.firstname)
@pytest.mark.parametrize("status", ["active", "creator", "moderator"])
def test_nothing_from_before_lives_again_when_a_barred_account_is_good(
    world: World, person: Account, status: str
) -> None:
    world.begin_session(person)
    assert world.set_status(person, status).effect is Effect.SIGNED_OUT
    assert world.status(person) == status
    assert world.session_count(person) == 0
    assert world.has_revoked_tokens(person)
    world.begin_session(person)
    assert world.session_count(person) == 1


@pytest.mark.parametrize(
    ("person", "status"),
    [(CREATOR, "viewer"), (CREATOR, "active"), (SECOND_MODERATOR, "creator")],
    ids=["creator to viewer", "creator to active", "moderator to creator"],
)
def test_tokens_of_a_role_that_was_taken_away_are_taken_back(
    world: World, person: Account, status: str
) -> None:
    world.add(SECOND_MODERATOR)
    world.begin_session(person)
    assert world.set_status(person, status).effect is Effect.SIGNED_OUT
    assert world.status(person) == status
    assert world.session_count(person) == 0
    assert world.has_revoked_tokens(person)


def test_session_that_begins_while_the_role_is_taken_away_ends_too(world: World) -> None:
    racing = world.before("accounts", "set_status", lambda: world.begin_session(CREATOR))
    racing.set_status(CREATOR, "viewer")
    assert world.session_count(CREATOR) == 0


@pytest.mark.parametrize(
    ("person", "status"),
    [(ADA, "viewer"), (ADA, "creator"), (ADA, "moderator"), (STRANGE, "viewer"), (EMPTY, "active")],
    ids=lambda value: value if isinstance(value, str) else value.firstname or "empty",
)
def test_sessions_outlive_what_takes_nothing_away(
    world: World, person: Account, status: str
) -> None:
    world.begin_session(person)
    assert world.set_status(person, status).effect is Effect.NO_LESS
    assert world.status(person) == status
    assert world.session_count(person) == 1
    assert not world.has_revoked_tokens(person)


@pytest.mark.parametrize("person", [ADA, SUSPENDED, MODERATOR], ids=lambda p: p.firstname)
def test_nothing_is_done_where_the_status_is_there_already(world: World, person: Account) -> None:
    world.begin_session(person)
    assert world.set_status(person, person.account_status).effect is Effect.NONE
    assert world.session_count(person) == 1
    assert world.audit == []


@pytest.mark.parametrize("status", ["", "gold", "Active", "suspended ", "active\n"])
def test_status_that_is_not_known_is_refused(world: World, status: str) -> None:
    with pytest.raises(InvalidField, match="account_status"):
        world.set_status(ADA, status)
    assert (world.status(ADA), world.audit) == ("active", [])


def test_change_is_recorded_with_who_whom_what_and_in_which_call(world: World) -> None:
    world.set_status(ADA, "suspended")
    (record,) = world.audit
    facts = {"before": "active", "after": "suspended"}
    assert record == (Action.STATUS_CHANGED, ACTOR.by, ADA.user_id, "request-1", facts)


def test_nobody_cannot_be_changed(world: World) -> None:
    nobody = ADA._replace(user_id=NOBODY)
    with pytest.raises(UserNotFound):
        world.set_status(nobody, "suspended")
    with pytest.raises(UserNotFound):
        world.moderation.revoke_tokens(NOBODY, ACTOR, Deadline(SECONDS))
    with pytest.raises(UserNotFound):
        world.moderation.reinstate(NOBODY, ACTOR, Deadline(SECONDS))
    assert world.audit == []


@pytest.mark.parametrize("mine", ["active", "banned"])
def test_slower_of_two_moderators_is_told_so(world: World, mine: str) -> None:
    racing = world.before("accounts", "set_status", lambda: world.set_status(SUSPENDED, "locked"))
    with pytest.raises(EtagMismatch):
        racing.set_status(SUSPENDED, mine)
    assert world.status(SUSPENDED) == "locked"
    assert [record.facts["after"] for record in world.audit] == ["locked"]


def test_call_that_was_cut_off_before_its_write_may_be_made_again(world: World) -> None:
    def lose() -> None:
        raise StoreUnavailable("cut off by the test")

    world.begin_session(SUSPENDED)
    with pytest.raises(StoreUnavailable):
        world.before("accounts", "set_status", lose).set_status(SUSPENDED, "active")
    assert world.status(SUSPENDED) == "suspended"
    assert world.session_count(SUSPENDED) == 0
    world.set_status(SUSPENDED, "active")
    assert world.status(SUSPENDED) == "active"
    assert [record.facts.get("outcome") for record in world.audit] == ["unknown", None]


@pytest.mark.parametrize("status", [*BARRING, "active", "creator"])
def test_last_moderator_stays_one(world: World, status: str) -> None:
    world.begin_session(MODERATOR)
    with pytest.raises(LastModerator):
        world.set_status(MODERATOR, status)
    assert world.status(MODERATOR) == "moderator"
    assert world.session_count(MODERATOR) == 1
    world.set_status(MODERATOR, status, force=True)
    assert world.status(MODERATOR) == status


def test_last_moderator_may_go_once_there_is_another(world: World) -> None:
    world.set_status(ADA, "moderator")
    world.set_status(MODERATOR, "suspended")
    assert world.status(MODERATOR) == "suspended"
    with pytest.raises(LastModerator):
        world.set_status(ADA, "active")


@pytest.mark.parametrize("locked", [True, False], ids=["locked out", "barred"])
def test_moderator_who_cannot_act_is_no_other_one(world: World, *, locked: bool) -> None:
    world.add(SECOND_MODERATOR, locked=locked)
    if not locked:
        world.set_status(SECOND_MODERATOR, "suspended")
    with pytest.raises(LastModerator):
        world.set_status(MODERATOR, "suspended")


def test_moderator_who_cannot_act_may_always_be_barred(world: World) -> None:
    world.add(SECOND_MODERATOR, locked=True)
    world.set_status(SECOND_MODERATOR, "banned")
    assert world.status(SECOND_MODERATOR) == "banned"


def test_moderator_who_bars_the_last_other_one_at_the_same_moment_takes_it_back(
    world: World,
) -> None:
    world.add(SECOND_MODERATOR)
    racing = world.before(
        "accounts", "set_status", lambda: world.set_status(SECOND_MODERATOR, "suspended")
    )
    with pytest.raises(LastModerator):
        racing.set_status(MODERATOR, "suspended")
    assert world.status(MODERATOR) == "moderator"
    assert world.status(SECOND_MODERATOR) == "suspended"


def test_two_moderators_who_bar_each_other_do_not_both_succeed(world: World) -> None:
    world.add(SECOND_MODERATOR)
    both = Barrier(2)

    def bar(person: Account) -> bool:
        both.wait()
        try:
            world.set_status(person, "suspended")
        except LastModerator:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        for _ in range(10):
            done = list(threads.map(bar, (MODERATOR, SECOND_MODERATOR)))
            assert done != [True, True]
            assert "moderator" in (world.status(MODERATOR), world.status(SECOND_MODERATOR))
            for person in (MODERATOR, SECOND_MODERATOR):
                world.set_status(person, "moderator")


@pytest.mark.parametrize("person", [ADA, CREATOR, MODERATOR], ids=lambda p: p.firstname)
def test_reinstating_who_is_in_good_standing_takes_no_role_away(
    world: World, person: Account
) -> None:
    change = world.moderation.reinstate(person.user_id, ACTOR, Deadline(SECONDS))
    assert (change.account, change.effect) == (person, Effect.NONE)
    assert world.audit == []


@pytest.mark.parametrize("person", [SUSPENDED, BANNED, STRANGE, EMPTY], ids=lambda p: p.firstname)
def test_reinstating_anybody_else_makes_active(world: World, person: Account) -> None:
    change = world.moderation.reinstate(person.user_id, ACTOR, Deadline(SECONDS))
    assert change.before == person.account_status
    assert world.status(person) == "active"


def test_revoking_takes_back_tokens_and_ends_sessions(world: World) -> None:
    for _ in range(2):
        world.begin_session(ADA)
    moment = world.moderation.revoke_tokens(ADA.user_id, ACTOR, Deadline(SECONDS))
    known = world.stores.revocations.revoked(ADA.user_id, [b"k" * 32], Deadline(SECONDS))
    assert known.issued_before == pytest.approx(moment, abs=0.002)
    assert world.session_count(ADA) == 0
    assert [record[:4] for record in world.audit] == [
        (Action.TOKENS_REVOKED, ACTOR.by, ADA.user_id, "request-1")
    ]


def test_tokens_of_a_user_who_was_deleted_are_taken_back_by_force(world: World) -> None:
    world.moderation.revoke_tokens(NOBODY, ACTOR, Deadline(SECONDS), force=True)
    assert world.has_revoked_tokens(ADA._replace(user_id=NOBODY))


@pytest.mark.parametrize(
    ("user", "person"),
    [
        pytest.param(ADA.user_id, ADA, id="ID"),
        pytest.param("ada@example.org", ADA, id="address"),
        pytest.param(" ADA@Example.ORG ", ADA, id="another spelling"),
        pytest.param(LOCKED_OUT.email, LOCKED_OUT, id="locked out"),
        pytest.param(EMPTY.user_id, EMPTY, id="nothing but an ID"),
    ],
)
def test_user_is_found_by_id_and_by_any_spelling_of_the_address(
    world: World, user: UUID | str, person: Account
) -> None:
    found = world.moderation.find(user, ACTOR, Deadline(SECONDS))
    assert found == (person, person is LOCKED_OUT)
    (record,) = world.audit
    assert record == (Action.USER_FOUND, ACTOR.by, person.user_id, "request-1", {})


@pytest.mark.parametrize("user", [NOBODY, "nobody@example.org", "no address", "", "\udcff@x.org"])
def test_nobody_is_not_found(world: World, user: UUID | str) -> None:
    with pytest.raises(UserNotFound):
        world.moderation.find(user, ACTOR, Deadline(SECONDS))
    assert world.audit == []
