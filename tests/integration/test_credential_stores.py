"""What every store of credentials must do: one suite, run on SQLite and on a real Cassandra."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import pytest

from getme_server.accounts.account import Credentials
from getme_server.accounts.credential_store import CredentialStore
from getme_server.accounts.errors import EmailTaken, UserNotFound
from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import Stores, open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.races import THREADS, assert_one_won, race
from tests.integration.tables import Tables, tables_of
from tests.rivals import person_with

SECONDS = 30
HASH, NEW_HASH = "$argon2id$old", "$argon2id$new"
LONG = "\u00e9" * 32_768  # 64 KiB of UTF-8


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def location(request: pytest.FixtureRequest, new_store: NewStore) -> Location:
    """A store that these tests share; each has addresses of its own."""
    return read_location(new_store(request.param))


@pytest.fixture(scope="module")
def stores(location: Location) -> Iterator[Stores]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


@pytest.fixture
def store(stores: Stores) -> CredentialStore:
    return stores.credentials


@pytest.fixture(scope="module")
def tables(location: Location) -> Iterator[Tables]:
    with tables_of(location) as tables:
        yield tables


@pytest.fixture
def email() -> str:
    """One that nobody has yet."""
    return f"{uuid4()}@example.org"


@pytest.fixture
def ours(store: CredentialStore, email: str) -> Credentials:
    """What signs somebody in."""
    credentials = Credentials(email, HASH, uuid4(), account_locked=False)
    assert store.add(credentials, Deadline(SECONDS))
    return credentials


def read(store: CredentialStore, email: str) -> Credentials | None:
    return store.credentials(email, Deadline(SECONDS))


def attempts(tables: Tables, email: str) -> list[int]:
    rows = tables("SELECT failed_attempts FROM login_attempts WHERE email = ?", email)
    return [count for (count,) in rows]


def has_row(tables: Tables, email: str) -> bool:
    return bool(tables("SELECT email FROM user_credentials WHERE email = ?", email))


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("password", [HASH, "", LONG], ids=["a hash", "none", "64 KiB"])
def test_credentials_are_read_as_they_were_added(
    store: CredentialStore, email: str, password: str, *, locked: bool
) -> None:
    credentials = Credentials(email, password, uuid4(), account_locked=locked)
    assert read(store, email) is None
    assert store.add(credentials, Deadline(SECONDS))
    assert read(store, email) == credentials


def test_credentials_of_a_new_account_and_imported_ones_are_read(
    location: Location, stores: Stores, email: str
) -> None:
    account, credentials = person_with(email)
    stores.accounts.create(account, credentials, Deadline(SECONDS))
    assert read(stores.credentials, email) == credentials
    imported = Credentials(f"imported-{email}", "", uuid4(), account_locked=True)
    with open_import_store(location, NO_LOGIN) as importing:
        importing.add_credentials([imported])
    assert read(stores.credentials, imported.email) == imported


def test_address_that_signs_somebody_in_keeps_its_credentials(
    stores: Stores, ours: Credentials
) -> None:
    other = Credentials(ours.email, NEW_HASH, uuid4(), account_locked=True)
    assert not stores.credentials.add(other, Deadline(SECONDS))
    assert not stores.credentials.add(ours, Deadline(SECONDS))
    assert read(stores.credentials, ours.email) == ours
    assert stores.accounts.owner(ours.email, Deadline(SECONDS)) == ours.user_id


def test_address_that_was_added_is_no_other_accounts(stores: Stores, ours: Credentials) -> None:
    account, credentials = person_with(ours.email)
    with pytest.raises(EmailTaken):
        stores.accounts.create(account, credentials, Deadline(SECONDS))


def test_row_that_belongs_to_nobody_is_none_and_can_be_taken(
    store: CredentialStore, tables: Tables, email: str
) -> None:
    tables("INSERT INTO user_credentials (email, account_locked) VALUES (?, true)", email)
    assert read(store, email) is None
    credentials = Credentials(email, HASH, uuid4(), account_locked=False)
    assert store.add(credentials, Deadline(SECONDS))
    assert read(store, email) == credentials


def test_null_lock_is_none(store: CredentialStore, tables: Tables, email: str) -> None:
    user_id = uuid4()
    tables("INSERT INTO user_credentials (email, userid) VALUES (?, ?)", email, user_id)
    assert read(store, email) == Credentials(email, "", user_id, account_locked=False)


def test_of_many_who_add_one_address_one_wins(store: CredentialStore, email: str) -> None:
    everyone = [Credentials(email, HASH, uuid4(), account_locked=False) for _ in range(THREADS)]
    outcomes = race(lambda number: store.add(everyone[number], Deadline(SECONDS)))
    found = read(store, email)
    assert found is not None
    assert_one_won(outcomes, winner=everyone.index(found))


def test_password_is_replaced_and_nothing_else(store: CredentialStore, ours: Credentials) -> None:
    assert store.set_locked(ours.email, locked=True, deadline=Deadline(SECONDS))
    assert store.replace_password(ours, NEW_HASH, Deadline(SECONDS))
    assert read(store, ours.email) == ours._replace(password=NEW_HASH, account_locked=True)


@pytest.mark.parametrize("cell", [None, ""], ids=["a null", "an empty text"])
def test_password_takes_the_place_of_none(
    store: CredentialStore, tables: Tables, email: str, cell: str | None
) -> None:
    tables(
        "INSERT INTO user_credentials (email, userid, password) VALUES (?, ?, ?)",
        email,
        uuid4(),
        cell,
    )
    before = read(store, email)
    assert before is not None
    assert before.password == ""
    assert store.replace_password(before, LONG, Deadline(SECONDS))
    assert read(store, email) == before._replace(password=LONG)
    assert not store.replace_password(before, NEW_HASH, Deadline(SECONDS))


@pytest.mark.parametrize("difference", ["password", "user_id", "no password"])
def test_password_that_is_not_as_it_was_is_kept(
    store: CredentialStore, ours: Credentials, difference: str
) -> None:
    before = {
        "password": ours._replace(password=NEW_HASH),
        "no password": ours._replace(password=""),
        "user_id": ours._replace(user_id=uuid4()),
    }[difference]
    assert not store.replace_password(before, "$argon2id$another", Deadline(SECONDS))
    assert read(store, ours.email) == ours


def test_of_many_who_replace_one_password_one_wins(
    store: CredentialStore, ours: Credentials
) -> None:
    everyone = [ours._replace(password=f"{NEW_HASH}{number}") for number in range(THREADS)]

    def replaces(number: int) -> bool:
        return store.replace_password(ours, everyone[number].password, Deadline(SECONDS))

    outcomes = race(replaces)
    found = read(store, ours.email)
    assert found is not None
    assert_one_won(outcomes, winner=everyone.index(found))


def test_credentials_are_locked_and_unlocked(stores: Stores, ours: Credentials) -> None:
    for locked in (True, True, False):
        assert stores.credentials.set_locked(ours.email, locked=locked, deadline=Deadline(SECONDS))
        assert read(stores.credentials, ours.email) == ours._replace(account_locked=locked)
        assert stores.accounts.credentials_locked(ours.email, Deadline(SECONDS)) is locked


def test_no_change_makes_credentials_that_are_gone(
    store: CredentialStore, tables: Tables, email: str
) -> None:
    gone = Credentials(email, "", uuid4(), account_locked=False)
    assert not store.replace_password(gone, NEW_HASH, Deadline(SECONDS))
    assert not store.set_locked(email, locked=True, deadline=Deadline(SECONDS))
    store.remove(email, gone.user_id, Deadline(SECONDS))
    assert not has_row(tables, email)


def test_removed_credentials_free_their_address(
    stores: Stores, tables: Tables, ours: Credentials
) -> None:
    stores.credentials.count_failed_attempt(ours.email, Deadline(SECONDS))
    stores.credentials.remove(ours.email, ours.user_id, Deadline(SECONDS))
    assert read(stores.credentials, ours.email) is None
    assert not has_row(tables, ours.email)
    assert attempts(tables, ours.email) == []
    with pytest.raises(UserNotFound):
        stores.accounts.owner(ours.email, Deadline(SECONDS))
    account, credentials = person_with(ours.email)
    stores.accounts.create(account, credentials, Deadline(SECONDS))
    assert read(stores.credentials, ours.email) == credentials


def test_credentials_and_count_of_another_user_are_not_removed(
    store: CredentialStore, tables: Tables, ours: Credentials
) -> None:
    store.count_failed_attempt(ours.email, Deadline(SECONDS))
    store.remove(ours.email, uuid4(), Deadline(SECONDS))
    assert read(store, ours.email) == ours
    assert attempts(tables, ours.email) == [1]


def test_removal_that_was_broken_off_is_finished(
    store: CredentialStore, tables: Tables, email: str
) -> None:
    store.count_failed_attempt(email, Deadline(SECONDS))
    store.remove(email, uuid4(), Deadline(SECONDS))
    assert attempts(tables, email) == []


def test_failed_attempts_are_counted_one_by_one(
    store: CredentialStore, tables: Tables, email: str
) -> None:
    assert attempts(tables, email) == []

    def count(_number: int) -> None:
        store.count_failed_attempt(email, Deadline(SECONDS))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(count, range(2 * THREADS)))
    assert attempts(tables, email) == [2 * THREADS]
    assert read(store, email) is None


@pytest.mark.parametrize(
    "odd", ["", LONG, "' OR 1=1; --", "a\x00b"], ids=["none", "64 KiB", "SQL", "NUL"]
)
def test_odd_address_of_nobody_is_no_fault_of_the_store(stores: Stores, odd: str) -> None:
    nobody = Credentials(odd, HASH, uuid4(), account_locked=False)
    assert read(stores.credentials, odd) is None
    assert not stores.credentials.replace_password(nobody, NEW_HASH, Deadline(SECONDS))
    assert not stores.credentials.set_locked(odd, locked=True, deadline=Deadline(SECONDS))
    stores.credentials.count_failed_attempt(odd, Deadline(SECONDS))
    stores.credentials.remove(odd, nobody.user_id, Deadline(SECONDS))
    assert not stores.accounts.credentials_locked(odd, Deadline(SECONDS))
    with pytest.raises(UserNotFound):
        stores.accounts.owner(odd, Deadline(SECONDS))
