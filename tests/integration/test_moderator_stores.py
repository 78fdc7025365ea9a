"""Who was made a moderator, on every store: none is missing, whichever way it was done."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID, uuid4

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.errors import EmailTaken
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.people import ADA, MODERATOR
from tests.rivals import person_with

SECONDS = 30


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def location(kind: str, new_store: NewStore) -> Location:
    """A store that these tests share; each has users of its own."""
    return read_location(new_store(kind))


@pytest.fixture(scope="module")
def store(location: Location) -> Iterator[AccountStore]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores.accounts


def made(store: AccountStore, account_status: str) -> Account:
    account, credentials = person_with(f"{uuid4()}@example.org")
    account = account._replace(account_status=account_status)
    store.create(account, credentials, Deadline(SECONDS))
    return account


def listed(store: AccountStore) -> set[UUID]:
    moderators = store.moderators(Deadline(SECONDS))
    assert len(moderators) == len(set(moderators))
    return set(moderators)


def imported(location: Location, *accounts: Account) -> None:
    with open_import_store(location, NO_LOGIN) as importing:
        importing.add_accounts(accounts)


def test_account_made_as_a_moderators_is_listed(store: AccountStore) -> None:
    moderator, other = made(store, "moderator"), made(store, "creator")
    assert moderator.user_id in listed(store)
    assert other.user_id not in listed(store)


def test_user_who_is_made_a_moderator_is_listed(store: AccountStore) -> None:
    account = made(store, "active")
    assert store.set_status(account, "moderator", Deadline(SECONDS))
    assert account.user_id in listed(store)


def test_one_who_was_one_before_is_listed_again(store: AccountStore) -> None:
    account = made(store, "moderator")
    assert store.set_status(account, "active", Deadline(SECONDS))
    active = account._replace(account_status="active")
    assert store.set_status(active, "moderator", Deadline(SECONDS))
    assert account.user_id in listed(store)


def test_imported_moderators_are_listed(location: Location, store: AccountStore) -> None:
    accounts = [MODERATOR._replace(user_id=uuid4()) for _ in range(5)]
    other = ADA._replace(user_id=uuid4())
    imported(location, accounts[0], other, *accounts[1:])
    assert {account.user_id for account in accounts} <= listed(store)
    assert other.user_id not in listed(store)


def test_none_is_listed_at_first_and_then_each_of_many(new_store: NewStore, kind: str) -> None:
    own = read_location(new_store(kind))
    accounts = [MODERATOR._replace(user_id=uuid4()) for _ in range(6_000)]
    with closing(open_stores(own, NO_LOGIN)) as stores:
        assert listed(stores.accounts) == set()
        imported(own, *accounts)
        assert listed(stores.accounts) == {account.user_id for account in accounts}


def test_removed_moderator_harms_no_other(store: AccountStore) -> None:
    gone, other = made(store, "moderator"), made(store, "moderator")
    store.remove(gone.user_id, Deadline(SECONDS))
    assert other.user_id in listed(store)
    assert gone.user_id not in [
        one.user_id for one in store.accounts(list(listed(store)), Deadline(SECONDS))
    ]


def test_moderator_whose_address_is_taken_is_no_account(store: AccountStore) -> None:
    first = made(store, "active")
    second, credentials = person_with(first.email)
    second = second._replace(account_status="moderator")
    with pytest.raises(EmailTaken):
        store.create(second, credentials, Deadline(SECONDS))
    assert store.accounts([second.user_id], Deadline(SECONDS)) == []
