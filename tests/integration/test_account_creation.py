"""Of all who make an account with one address at once, exactly one does, on either store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import NamedTuple
from uuid import uuid4

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.errors import EmailTaken, UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.rivals import person_with, race

SECONDS = 30
THREADS = 30


class Accounts(NamedTuple):
    """Two store objects over the same tables, as two servers have them."""

    url: str
    location: Location
    one: AccountStore
    other: AccountStore


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def accounts(request: pytest.FixtureRequest, new_store: NewStore) -> Iterator[Accounts]:
    url = new_store(request.param)
    location = read_location(url)
    with (
        closing(open_stores(location, NO_LOGIN)) as one,
        closing(open_stores(location, NO_LOGIN)) as other,
    ):
        yield Accounts(url, location, one.accounts, other.accounts)


@pytest.fixture
def email() -> str:
    """One that nobody has yet."""
    return f"{uuid4()}@example.org"


def create(store: AccountStore, account: Account) -> None:
    _, credentials = person_with(account.email)
    store.create(account, credentials._replace(user_id=account.user_id), Deadline(SECONDS))


def is_stored(store: AccountStore, account: Account) -> bool:
    """Whether the account is there, all of it, and no other one is found by its address."""
    owner = store.owner(account.email, Deadline(SECONDS))
    return (owner, store.account(owner, Deadline(SECONDS))) == (account.user_id, account)


def is_unknown(store: AccountStore, account: Account) -> bool:
    try:
        store.account(account.user_id, Deadline(SECONDS))
    except UserNotFound:
        return True
    return False


def test_what_was_made_is_read_by_all(accounts: Accounts, email: str) -> None:
    account, credentials = person_with(email)
    accounts.one.create(account, credentials, Deadline(SECONDS))
    assert is_stored(accounts.one, account)
    assert is_stored(accounts.other, account)
    assert not accounts.other.credentials_locked(email, Deadline(SECONDS))


def test_credentials_are_locked_where_they_are_made_so(accounts: Accounts, email: str) -> None:
    account, credentials = person_with(email)
    accounts.one.create(account, credentials._replace(account_locked=True), Deadline(SECONDS))
    assert accounts.other.credentials_locked(email, Deadline(SECONDS))


def test_address_of_nobody_has_no_owner(accounts: Accounts, email: str) -> None:
    with pytest.raises(UserNotFound):
        accounts.one.owner(email, Deadline(SECONDS))


def test_second_account_with_an_address_is_refused_and_leaves_nothing(
    accounts: Accounts, email: str
) -> None:
    (first, _), (second, _) = person_with(email), person_with(email)
    create(accounts.one, first)
    for _ in range(2):
        with pytest.raises(EmailTaken):
            create(accounts.other, second)
    assert is_stored(accounts.one, first)
    assert is_unknown(accounts.one, second)


def test_repetition_succeeds_and_undoes_no_change(accounts: Accounts, email: str) -> None:
    account, _ = person_with(email)
    create(accounts.one, account)
    create(accounts.other, account)
    create(accounts.one, account._replace(account_status="moderator", firstname="Eve"))
    assert is_stored(accounts.other, account)


def test_user_id_of_another_account_is_refused_and_the_address_stays_free(
    accounts: Accounts, email: str
) -> None:
    account, _ = person_with(email)
    create(accounts.one, account)
    thief = account._replace(email=f"other-{email}")
    with pytest.raises(InvalidField) as refused:
        create(accounts.other, thief)
    assert refused.value.violations == {"user_id": "belongs to another account"}
    rightful = thief._replace(user_id=uuid4())
    create(accounts.other, rightful)
    assert is_stored(accounts.one, account)
    assert is_stored(accounts.one, rightful)


def test_address_of_imported_credentials_is_their_owners_alone(
    accounts: Accounts, email: str
) -> None:
    (owner, credentials), (other, _) = person_with(email), person_with(email)
    with open_import_store(accounts.location, NO_LOGIN) as importing:
        importing.add_credentials([credentials])
    with pytest.raises(EmailTaken):
        create(accounts.one, other)
    create(accounts.one, owner)
    assert is_stored(accounts.other, owner)


def test_imported_user_is_not_removed_for_an_address_that_is_taken(
    accounts: Accounts, email: str
) -> None:
    (owner, _), (imported, _) = person_with(email), person_with(email)
    create(accounts.one, owner)
    with open_import_store(accounts.location, NO_LOGIN) as importing:
        importing.add_accounts([imported._replace(created_date=1)])
    with pytest.raises(EmailTaken):
        create(accounts.one, imported)
    assert not is_unknown(accounts.one, imported)


def test_of_many_threads_over_two_stores_exactly_one_wins(accounts: Accounts, email: str) -> None:
    people = [person_with(email)[0]._replace(lastname=str(n)) for n in range(THREADS)]
    together = Barrier(THREADS)

    def wins(number: int) -> bool:
        together.wait(SECONDS)
        try:
            create(accounts.one if number % 2 else accounts.other, people[number])
        except EmailTaken:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        won = list(pool.map(wins, range(THREADS)))
    winners = [person for person, has_won in zip(people, won, strict=True) if has_won]
    assert len(winners) == 1
    assert is_stored(accounts.one, winners[0])
    assert [p for p in people if not is_unknown(accounts.other, p)] == winners


def test_of_two_processes_exactly_one_wins_each_address(accounts: Accounts, email: str) -> None:
    emails = [f"{number}-{email}" for number in range(20)]
    winners = race(accounts.url, emails, rivals=2)
    assert [len(users) for users in winners.values()] == [1] * len(emails)
    for address, (user_id,) in winners.items():
        assert accounts.one.owner(address, Deadline(SECONDS)) == user_id
        assert accounts.one.account(user_id, Deadline(SECONDS)).email == address
