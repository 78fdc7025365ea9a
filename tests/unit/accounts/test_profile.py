"""Names change as asked, never what nobody asked for, and never over a change not seen."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Barrier
from typing import Any, cast
from uuid import uuid4

import pytest

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.audit import Action
from getme_server.accounts.errors import AccountSuspended, EtagMismatch, UserNotFound
from getme_server.accounts.profile import MAX_TRIES, Profile
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.stores.location import read_location
from getme_server.stores.opening import Stores, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.unit.accounts.recording import ORIGIN, Record, Recording

SECONDS = 30


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def stores(request: pytest.FixtureRequest, new_store: NewStore) -> Iterator[Stores]:
    with closing(open_stores(read_location(new_store(request.param)), NO_LOGIN)) as opened:
        yield opened


@pytest.fixture
def ada(stores: Stores) -> Account:
    """A new account, as it is stored."""
    account = Account(uuid4(), "Ada", "Example", f"{uuid4()}@example.org", "active", 1_000, None)
    credentials = Credentials(account.email, "hash", account.user_id, account_locked=False)
    stores.accounts.create(account, credentials, Deadline(SECONDS))
    return account


def update(
    store: AccountStore,
    seen: Account,
    changes: dict[str, str],
    *,
    is_expected: Callable[[Account], bool] | None = None,
    recording: Recording | None = None,
) -> Account:
    return Profile(store, recording or Recording()).update(
        seen, changes, is_expected=is_expected, origin=ORIGIN, deadline=Deadline(SECONDS)
    )


def stored(stores: Stores, account: Account) -> Account:
    return stores.accounts.account(account.user_id, Deadline(SECONDS))


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        pytest.param({"firstname": "Eva"}, ("Eva", "Example"), id="first name"),
        pytest.param({"lastname": "Muster"}, ("Ada", "Muster"), id="last name"),
        pytest.param({"firstname": "Eva", "lastname": "Muster"}, ("Eva", "Muster"), id="both"),
        pytest.param({"firstname": " Zoe\u0308 "}, ("Zoë", "Example"), id="as a name is stored"),
        pytest.param(
            {"firstname": "Eva", "email": "eve@example.org", "account_status": "moderator"},
            ("Eva", "Example"),
            id="what is no name is never applied",
        ),
    ],
)
def test_names_that_are_given_are_changed_and_nothing_else(
    stores: Stores, ada: Account, changes: dict[str, str], names: tuple[str, str]
) -> None:
    changed = update(stores.accounts, ada, changes)
    assert changed == ada._replace(firstname=names[0], lastname=names[1])
    assert stored(stores, ada) == changed


def test_change_is_audited_by_the_names_of_its_fields(stores: Stores, ada: Account) -> None:
    recording = Recording()
    update(
        stores.accounts, ada, {"firstname": "Eva", "lastname": ada.lastname}, recording=recording
    )
    by = str(ada.user_id)
    facts = {"fields": "firstname"}
    assert recording.records == [Record(Action.PROFILE_CHANGED, by, ada.user_id, ORIGIN, facts)]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"email": "eve@example.org"}, id="nothing that can be"),
        pytest.param({"firstname": "Ada", "lastname": " Example "}, id="what is there"),
    ],
)
def test_change_of_nothing_answers_the_account_and_writes_nothing(
    stores: Stores, ada: Account, changes: dict[str, str]
) -> None:
    recording = Recording()
    meddled = Meddled(stores.accounts, lambda: None)
    answer = update(cast("AccountStore", meddled), ada, changes, recording=recording)
    assert answer == ada
    assert (meddled.writes, recording.records) == (0, [])


def test_all_names_that_are_wrong_are_told_at_once(stores: Stores, ada: Account) -> None:
    with pytest.raises(InvalidField) as refused:
        update(stores.accounts, ada, {"firstname": "", "lastname": "a\nb"})
    assert refused.value.violations.keys() == {"firstname", "lastname"}
    with pytest.raises(InvalidField) as refused:
        update(stores.accounts, ada, {"firstname": "Eva", "lastname": "a\nb"})
    assert refused.value.violations.keys() == {"lastname"}
    assert stored(stores, ada) == ada


@pytest.mark.parametrize("changes", [{"firstname": "Eva"}, {}], ids=["change", "no change"])
def test_version_that_is_not_the_expected_one_is_not_changed(
    stores: Stores, ada: Account, changes: dict[str, str]
) -> None:
    expected = ada._replace(firstname="Old")
    with pytest.raises(EtagMismatch):
        update(stores.accounts, ada, changes, is_expected=lambda seen: seen == expected)
    assert stored(stores, ada) == ada


def test_expected_version_is_changed(stores: Stores, ada: Account) -> None:
    changed = update(
        stores.accounts, ada, {"firstname": "Eva"}, is_expected=lambda seen: seen == ada
    )
    assert stored(stores, ada) == changed == ada._replace(firstname="Eva")


@dataclass
class Meddled:
    """A store in which something else happens before each change of names."""

    store: AccountStore
    meddle: Callable[[], Any]
    writes: int = 0

    def update_names(
        self, seen: Account, firstname: str, lastname: str, deadline: Deadline
    ) -> Account | None:
        self.writes += 1
        self.meddle()
        return self.store.update_names(seen, firstname, lastname, deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def rename(stores: Stores, account: Account, lastname: str) -> Account:
    now = stored(stores, account)
    changed = stores.accounts.update_names(now, now.firstname, lastname, Deadline(SECONDS))
    assert changed is not None
    return changed


def test_change_that_comes_between_wins_where_a_version_is_expected(
    stores: Stores, ada: Account
) -> None:
    meddled = Meddled(stores.accounts, lambda: rename(stores, ada, "Muster"))
    recording = Recording()
    with pytest.raises(EtagMismatch):
        update(
            cast("AccountStore", meddled),
            ada,
            {"firstname": "Eva"},
            is_expected=lambda _seen: True,
            recording=recording,
        )
    assert stored(stores, ada) == ada._replace(lastname="Muster")
    assert recording.records == []


def test_change_that_comes_between_is_kept_where_no_version_is_expected(
    stores: Stores, ada: Account
) -> None:
    once = iter(["Muster"])
    meddled = Meddled(stores.accounts, lambda: [rename(stores, ada, name) for name in once])
    changed = update(cast("AccountStore", meddled), ada, {"firstname": "Eva"})
    assert stored(stores, ada) == changed == ada._replace(firstname="Eva", lastname="Muster")
    assert meddled.writes == 2


def test_change_that_others_are_always_faster_than_is_given_up(
    stores: Stores, ada: Account
) -> None:
    meddled = Meddled(stores.accounts, lambda: rename(stores, ada, str(uuid4())))
    with pytest.raises(EtagMismatch):
        update(cast("AccountStore", meddled), ada, {"firstname": "Eva"})
    assert meddled.writes == MAX_TRIES
    assert stored(stores, ada).firstname == "Ada"


def test_account_that_was_barred_meanwhile_is_not_changed(stores: Stores, ada: Account) -> None:
    meddled = Meddled(
        stores.accounts, lambda: stores.accounts.set_status(ada, "suspended", Deadline(SECONDS))
    )
    with pytest.raises(AccountSuspended):
        update(cast("AccountStore", meddled), ada, {"firstname": "Eva"})
    assert stored(stores, ada) == ada._replace(account_status="suspended")


def test_account_that_was_removed_meanwhile_does_not_come_back(
    stores: Stores, ada: Account
) -> None:
    meddled = Meddled(
        stores.accounts, lambda: stores.accounts.remove(ada.user_id, Deadline(SECONDS))
    )
    with pytest.raises(UserNotFound):
        update(cast("AccountStore", meddled), ada, {"firstname": "Eva"})
    with pytest.raises(UserNotFound):
        stored(stores, ada)


def test_of_many_changes_of_one_version_exactly_one_is_made(stores: Stores, ada: Account) -> None:
    barrier = Barrier(8)

    def try_it(number: int) -> Account | None:
        barrier.wait(SECONDS)
        try:
            return update(
                stores.accounts, ada, {"firstname": f"Ada {number}"}, is_expected=lambda _: True
            )
        except EtagMismatch:
            return None

    with ThreadPoolExecutor(8) as threads:
        winners = [account for account in threads.map(try_it, range(8)) if account is not None]
    assert [stored(stores, ada)] == winners
