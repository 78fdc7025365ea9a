"""Changes of accounts on every store: one suite, run on SQLite and on a real Cassandra."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.errors import UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.races import assert_one_won, race
from tests.integration.tables import Tables, tables_of
from tests.people import ADA, EMPTY, OLD, TIMELESS
from tests.rivals import person_with

SECONDS = 30
MOMENT = 1_764_000_000_123
LONG = "\u00e9" * 32_768  # 64 KiB of UTF-8

NAMELESS = ADA._replace(firstname="", lastname="")
WITHOUT_STATUS = ADA._replace(account_status="")
ONLY_A_STATUS = EMPTY._replace(account_status="active")
SHAPES = [ADA, NAMELESS, WITHOUT_STATUS, ONLY_A_STATUS, EMPTY, OLD, TIMELESS]
SHAPE_IDS = ["all cells", "no names", "no status", "only a status", "null cells", "old", "timeless"]


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def location(request: pytest.FixtureRequest, new_store: NewStore) -> Location:
    """A store that these tests share; each has users of its own."""
    return read_location(new_store(request.param))


@pytest.fixture(scope="module")
def store(location: Location) -> Iterator[AccountStore]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores.accounts


@pytest.fixture(scope="module")
def tables(location: Location) -> Iterator[Tables]:
    with tables_of(location) as tables:
        yield tables


def stored(location: Location, shape: Account) -> Account:
    """An account of this shape, imported under a user ID of its own."""
    account = shape._replace(user_id=uuid4())
    with open_import_store(location, NO_LOGIN) as importing:
        importing.add_accounts([account])
    return account


def made(store: AccountStore, **fields: Any) -> Account:
    """An account that getme has made."""
    account, credentials = person_with(f"{uuid4()}@example.org")
    account = account._replace(**fields)
    store.create(account, credentials, Deadline(SECONDS))
    return account


def read(store: AccountStore, account: Account) -> Account:
    return store.account(account.user_id, Deadline(SECONDS))


def is_there(store: AccountStore, account: Account) -> bool:
    try:
        read(store, account)
    except UserNotFound:
        return False
    return True


def update(store: AccountStore, seen: Account, firstname: str, lastname: str) -> Account | None:
    return store.update_names(seen, firstname, lastname, Deadline(SECONDS))


def set_status(store: AccountStore, seen: Account, account_status: str) -> bool:
    return store.set_status(seen, account_status, Deadline(SECONDS))


def test_accounts_are_read_in_the_order_asked_and_unknown_ones_are_absent(
    location: Location, store: AccountStore
) -> None:
    people = [stored(location, shape) for shape in SHAPES]
    order = [people[2], people[0], people[6], people[4], people[0]]
    asked = [person.user_id for person in order]
    asked[2:2] = [uuid4()]
    assert store.accounts(asked, Deadline(SECONDS)) == order
    assert store.accounts([], Deadline(SECONDS)) == []
    assert store.accounts([uuid4()], Deadline(SECONDS)) == []


def test_a_hundred_accounts_are_read_at_once(location: Location, store: AccountStore) -> None:
    people = [ADA._replace(user_id=uuid4(), lastname=str(number)) for number in range(100)]
    with open_import_store(location, NO_LOGIN) as importing:
        importing.add_accounts(people)
    people.reverse()
    assert store.accounts([one.user_id for one in people], Deadline(SECONDS)) == people


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_IDS)
def test_names_are_changed_and_nothing_else(
    location: Location, store: AccountStore, shape: Account
) -> None:
    seen = stored(location, shape)
    changed = seen._replace(firstname="Augusta", lastname=LONG)
    assert update(store, seen, "Augusta", LONG) == changed
    assert read(store, seen) == changed


def test_names_can_be_taken_away(store: AccountStore, tables: Tables) -> None:
    account = made(store)
    assert update(store, account, "", "") == account._replace(firstname="", lastname="")
    cells = tables("SELECT firstname, lastname FROM users WHERE userid = ?", account.user_id)
    assert cells == [(None, None)]


def test_changed_account_is_told_with_what_else_has_changed_since(store: AccountStore) -> None:
    account = made(store)
    store.record_sign_in(account.user_id, MOMENT, Deadline(SECONDS))
    changed = account._replace(firstname="Augusta", lastname="King", last_login_date=MOMENT)
    assert update(store, account, "Augusta", "King") == changed


@pytest.mark.parametrize(
    "difference",
    [
        {"firstname": "Another"},
        {"firstname": ""},
        {"lastname": "Another"},
        {"email": "another@example.org"},
        {"account_status": "suspended"},
        {"account_status": ""},
    ],
    ids=str,
)
def test_account_that_is_not_as_it_was_seen_keeps_its_names(
    store: AccountStore, difference: dict[str, Any]
) -> None:
    account = made(store)
    assert update(store, account._replace(**difference), "Augusta", "King") is None
    assert read(store, account) == account


@pytest.mark.parametrize("column", ["firstname", "lastname", "email", "account_status"])
def test_empty_text_of_another_program_is_none_like_a_null(
    location: Location, store: AccountStore, tables: Tables, column: str
) -> None:
    account = stored(location, ADA)
    tables(f"UPDATE users SET {column} = '' WHERE userid = ?", account.user_id)  # noqa: S608
    seen = read(store, account)
    emptied: dict[str, Any] = {column: ""}
    assert seen == account._replace(**emptied)
    assert update(store, seen, "Augusta", "King") == seen._replace(
        firstname="Augusta", lastname="King"
    )
    assert set_status(store, read(store, account), "suspended")


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_IDS)
def test_status_is_changed_and_nothing_else(
    location: Location, store: AccountStore, shape: Account
) -> None:
    seen = stored(location, shape)
    assert set_status(store, seen, "suspended")
    assert read(store, seen) == seen._replace(account_status="suspended")
    assert set_status(store, read(store, seen), seen.account_status)
    assert read(store, seen) == seen


def test_status_is_changed_where_only_the_names_have_changed(store: AccountStore) -> None:
    account = made(store, account_status="active")
    update(store, account, "Augusta", "King")
    assert set_status(store, account, "banned")


@pytest.mark.parametrize("seen", ["suspended", ""])
def test_status_that_is_another_than_was_seen_is_kept(store: AccountStore, seen: str) -> None:
    account = made(store, account_status="active")
    assert not set_status(store, account._replace(account_status=seen), "banned")
    assert read(store, account) == account


def test_of_many_who_change_a_status_one_wins(store: AccountStore) -> None:
    account = made(store, account_status="active")
    outcomes = race(lambda number: set_status(store, account, f"status {number}"))
    winner = int(read(store, account).account_status.removeprefix("status "))
    assert_one_won(outcomes, winner=winner)


def test_names_and_status_changed_at_once_are_never_half_done(store: AccountStore) -> None:
    account = made(store, account_status="active")
    together = Barrier(2)

    def rename() -> bool:
        together.wait(SECONDS)
        return update(store, account, "Augusta", "King") is not None

    def suspend() -> bool:
        together.wait(SECONDS)
        return set_status(store, account, "suspended")

    with ThreadPoolExecutor(2) as pool:
        renaming, suspending = pool.submit(rename), pool.submit(suspend)
    renamed, suspended = renaming.result(), suspending.result()
    assert suspended
    names = ("Augusta", "King") if renamed else (account.firstname, account.lastname)
    assert read(store, account)[1:3] == names
    assert read(store, account).account_status == "suspended"


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_IDS)
def test_last_sign_in_is_recorded(location: Location, store: AccountStore, shape: Account) -> None:
    account = stored(location, shape)
    store.record_sign_in(account.user_id, MOMENT, Deadline(SECONDS))
    assert read(store, account) == account._replace(last_login_date=MOMENT)


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_IDS)
def test_no_change_makes_an_account_that_is_gone(
    store: AccountStore, tables: Tables, shape: Account
) -> None:
    gone = shape._replace(user_id=uuid4())
    assert update(store, gone, "Augusta", "King") is None
    assert not set_status(store, gone, "suspended")
    store.record_sign_in(gone.user_id, MOMENT, Deadline(SECONDS))
    store.remove(gone.user_id, Deadline(SECONDS))
    assert not is_there(store, gone)
    assert tables("SELECT userid FROM users WHERE userid = ?", gone.user_id) == []


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE_IDS)
def test_removed_account_is_gone(location: Location, store: AccountStore, shape: Account) -> None:
    account, other = stored(location, shape), stored(location, shape)
    store.remove(account.user_id, Deadline(SECONDS))
    assert not is_there(store, account)
    assert read(store, other) == other
    store.remove(account.user_id, Deadline(SECONDS))


def test_removal_is_noted_from_its_beginning_to_its_end(store: AccountStore) -> None:
    account, other = made(store), made(store)
    for _ in range(2):
        store.begin_removal(account.user_id, Deadline(SECONDS))
        assert store.removal_begun(account.user_id, Deadline(SECONDS))
        assert not store.removal_begun(other.user_id, Deadline(SECONDS))
    assert read(store, account) == account
    store.remove(account.user_id, Deadline(SECONDS))
    assert not store.removal_begun(account.user_id, Deadline(SECONDS))


def test_account_is_made_again_under_the_id_of_a_removed_one(store: AccountStore) -> None:
    account, credentials = person_with(f"{uuid4()}@example.org")
    store.create(account, credentials, Deadline(SECONDS))
    store.remove(account.user_id, Deadline(SECONDS))
    store.create(account, credentials, Deadline(SECONDS))
    assert read(store, account) == account
