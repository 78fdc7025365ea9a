"""Who is calling, and whether they may, against a real SQLite store with people in it."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.errors import (
    AccountBanned,
    AccountInactive,
    AccountLocked,
    AccountSuspended,
    RoleRequired,
    StoreUnavailable,
    UserNotFound,
)
from getme_server.accounts.standing import StoredStandings
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import GetmeError, TokenInvalid
from getme_server.stores.location import read_location
from getme_server.stores.opening import Stores, open_stores
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
    NEVER_SIGNED_IN,
    NOBODY,
    OLD,
    STRANGE,
    SUSPENDED,
    TIMELESS,
    UNICODE,
)

SECONDS = 5.0


@pytest.fixture
def stores(people_database: str) -> Iterator[Stores]:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    yield stores
    stores.close()


@pytest.fixture
def store(stores: Stores) -> AccountStore:
    return stores.accounts


def rule(store: AccountStore, *, report_missing_user: bool = False) -> CurrentUserRule:
    return CurrentUserRule(StoredStandings(store), report_missing_user=report_missing_user)


@pytest.fixture
def current_user(store: AccountStore) -> CurrentUserRule:
    return rule(store)


ADMITTED = {
    "active": (ADA, (), ("viewer",)),
    "token adds to the status": (ADA, ("creator",), ("viewer", "creator")),
    "status names creator": (CREATOR, (), ("viewer", "creator")),
    "status names moderator": (MODERATOR, ("viewer",), ("viewer", "creator", "moderator")),
    "unknown status, role in the token": (STRANGE, ("viewer",), ("viewer",)),
    "empty row, role in the token": (EMPTY, ("viewer",), ("viewer",)),
    "never signed in": (NEVER_SIGNED_IN, (), ("viewer",)),
    "dates at the ends of time": (OLD, (), ("viewer",)),
    "dates beyond time": (TIMELESS, (), ("viewer",)),
    "name beyond ASCII": (UNICODE, (), ("viewer",)),
}

EVERY_ROLE = ("active", "viewer", "creator", "moderator")
REFUSED = {
    "suspended": (SUSPENDED, EVERY_ROLE, AccountSuspended),
    "locked": (LOCKED, EVERY_ROLE, AccountLocked),
    "inactive": (INACTIVE, EVERY_ROLE, AccountInactive),
    "banned": (BANNED, EVERY_ROLE, AccountBanned),
    "credentials locked": (LOCKED_OUT, EVERY_ROLE, AccountLocked),
    "unknown status, no role": (STRANGE, (), RoleRequired),
    "unknown status, unknown role": (STRANGE, ("gold-member",), RoleRequired),
    "empty row, no role": (EMPTY, (), RoleRequired),
}


@pytest.mark.parametrize(("person", "token_roles", "roles"), ADMITTED.values(), ids=ADMITTED)
def test_caller_is_answered_with_account_and_roles(
    current_user: CurrentUserRule,
    person: Account,
    token_roles: tuple[str, ...],
    roles: tuple[str, ...],
) -> None:
    answer = current_user.current(person.user_id, token_roles, Deadline(SECONDS))
    assert answer == (person, roles, None)


@pytest.mark.parametrize(("person", "token_roles", "error"), REFUSED.values(), ids=REFUSED)
def test_stored_status_wins_over_every_role_of_the_token(
    current_user: CurrentUserRule,
    person: Account,
    token_roles: tuple[str, ...],
    error: type[GetmeError],
) -> None:
    with pytest.raises(error) as refused:
        current_user.current(person.user_id, token_roles, Deadline(SECONDS))
    assert person.email not in refused.value.message or not person.email


@pytest.mark.parametrize(
    ("report_missing_user", "error"),
    [(False, TokenInvalid), (True, UserNotFound)],
    ids=["as any bad token", "told apart"],
)
def test_caller_whose_user_is_gone_is_refused(
    store: AccountStore, report_missing_user: bool, error: type[GetmeError]
) -> None:
    current_user = rule(store, report_missing_user=report_missing_user)
    with pytest.raises(error):
        current_user.current(NOBODY, EVERY_ROLE, Deadline(SECONDS))


def test_caller_is_not_refused_for_good_while_the_store_is_away(stores: Stores) -> None:
    current_user = rule(stores.accounts)
    stores.close()
    for user_id in (ADA.user_id, UUID(int=0)):
        with pytest.raises(StoreUnavailable):
            current_user.current(user_id, (), Deadline(SECONDS))
