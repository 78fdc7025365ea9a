"""What every store must do: one suite, run on SQLite and on a real Cassandra."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import migrate, open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.tables import tables_of
from tests.people import ADA, LOCKED_OUT, NOBODY, PEOPLE

SECONDS = 5
READS_OF_EACH = 100
READERS = 32


@pytest.fixture(scope="module")
def store(people_store: str) -> Iterator[AccountStore]:
    """A store with `tests.people` in it; tests only read from it."""
    stores = open_stores(read_location(people_store), NO_LOGIN)
    yield stores.accounts
    stores.close()


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def empty(request: pytest.FixtureRequest, new_store: NewStore) -> Location:
    """A store with getme's tables and no rows but those that a test adds."""
    return read_location(new_store(request.param))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.firstname or "null cells")
def test_an_account_is_read_as_it_was_stored(store: AccountStore, person: Account) -> None:
    assert store.account(person.user_id, Deadline(SECONDS)) == person


@pytest.mark.parametrize("user_id", [NOBODY, UUID(int=0), UUID(int=2**128 - 1)], ids=str)
def test_an_account_that_is_not_there_is_not_found(store: AccountStore, user_id: UUID) -> None:
    with pytest.raises(UserNotFound):
        store.account(user_id, Deadline(SECONDS))


@pytest.mark.parametrize(
    ("email", "locked"),
    [
        (LOCKED_OUT.email, True),
        (ADA.email, False),
        ("nobody@example.org", False),
        ("' OR 1=1; --", False),
    ],
)
def test_locked_credentials_are_told(store: AccountStore, email: str, *, locked: bool) -> None:
    assert store.credentials_locked(email, Deadline(SECONDS)) is locked


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.firstname or "null cells")
def test_an_account_is_read_with_its_lock(store: AccountStore, person: Account) -> None:
    for _ in range(2):  # the second time its address is expected
        read = store.account_and_lock(person.user_id, Deadline(SECONDS))
        assert read == (person, person is LOCKED_OUT)


def test_many_read_at_once_each_get_their_own_account_and_lock(store: AccountStore) -> None:
    known = {person.user_id: (person, person is LOCKED_OUT) for person in PEOPLE}
    asked = [*known, NOBODY] * READS_OF_EACH

    def read(user_id: UUID) -> tuple[Account, bool] | None:
        try:
            return store.account_and_lock(user_id, Deadline(SECONDS))
        except UserNotFound:
            return None

    with ThreadPoolExecutor(READERS) as pool:
        assert list(pool.map(read, asked)) == [known.get(user_id) for user_id in asked]


def test_the_lock_is_that_of_the_address_as_it_is_now(empty: Location) -> None:
    person = ADA._replace(user_id=uuid4(), email=f"{uuid4()}@example.org")
    other = Credentials(f"{uuid4()}@example.org", "unusable", uuid4(), account_locked=True)
    with open_import_store(empty, NO_LOGIN) as importing:
        importing.add_accounts([person])
        importing.add_credentials([other])
    stores = open_stores(empty, NO_LOGIN)

    def is_locked() -> bool:
        return stores.accounts.account_and_lock(person.user_id, Deadline(SECONDS))[1]

    try:
        with tables_of(empty) as tables:
            assert not is_locked()
            tables("UPDATE users SET email = ? WHERE userid = ?", other.email, person.user_id)
            assert is_locked()
            tables("UPDATE users SET email = ? WHERE userid = ?", person.email, person.user_id)
            assert not is_locked()
            tables("DELETE FROM users WHERE userid = ?", person.user_id)
            with pytest.raises(UserNotFound):
                is_locked()
    finally:
        stores.close()


def test_statements_that_cassandra_forgot_are_prepared_anew(new_store: NewStore) -> None:
    location = read_location(new_store("cassandra"))
    with open_import_store(location, NO_LOGIN) as importing:
        importing.add_accounts([ADA])
    stores = open_stores(location, NO_LOGIN)
    try:
        with tables_of(location) as tables:
            for column in ("nickname", "pronoun"):
                tables(f"ALTER TABLE users ADD {column} text")  # which forgets all that read it
                assert stores.accounts.account(ADA.user_id, Deadline(SECONDS)) == ADA
    finally:
        stores.close()


def test_many_threads_read_their_own_accounts(store: AccountStore) -> None:
    def read(person: Account) -> bool:
        return store.account(person.user_id, Deadline(SECONDS)) == person

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(read, PEOPLE * 50))


def test_adding_again_keeps_what_is_there(empty: Location) -> None:
    person = ADA._replace(user_id=uuid4())
    changed = person._replace(firstname="Changed", account_status="suspended")
    other = ADA._replace(user_id=uuid4())
    with open_import_store(empty, NO_LOGIN) as importing:
        assert importing.add_accounts([person]) == (1, 0)
        assert importing.add_accounts([changed, other]) == (1, 1)
    reading = open_stores(empty, NO_LOGIN)
    try:
        assert reading.accounts.account(person.user_id, Deadline(SECONDS)) == person
        assert reading.accounts.account(other.user_id, Deadline(SECONDS)) == other
    finally:
        reading.close()


def test_adding_credentials_again_keeps_their_lock(empty: Location) -> None:
    email = f"{uuid4()}@example.org"
    locked = Credentials(email, "unusable", uuid4(), account_locked=True)
    with open_import_store(empty, NO_LOGIN) as importing:
        assert importing.add_credentials([locked]) == (1, 0)
        assert importing.add_credentials([locked._replace(account_locked=False)]) == (0, 1)
    reading = open_stores(empty, NO_LOGIN)
    try:
        assert reading.accounts.credentials_locked(email, Deadline(SECONDS))
    finally:
        reading.close()


def test_nothing_is_added_from_nothing(empty: Location) -> None:
    with open_import_store(empty, NO_LOGIN) as importing:
        assert importing.add_accounts([]) == (0, 0)
        assert importing.add_credentials([]) == (0, 0)


def test_migrating_again_changes_nothing(empty: Location) -> None:
    assert migrate(empty, NO_LOGIN) == []
