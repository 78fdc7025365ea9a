"""Whoever registers has an account and can prove it; of several with one address, one has."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any, cast
from uuid import uuid4

import pytest

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.attempts import Attempt
from getme_server.accounts.audit import Action
from getme_server.accounts.errors import (
    EmailTaken,
    OutcomeUnknown,
    RateLimited,
    StoreUnavailable,
    UserNotFound,
)
from getme_server.accounts.registration import Registration
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.passwords.cost import HashCost
from getme_server.passwords.hashing import PasswordHasher
from getme_server.stores.location import read_location
from getme_server.stores.opening import Stores, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.unit.accounts.recording import ORIGIN, Record, Recording
from tests.waiting import until

SECONDS = 30
NOW = 1_764_000_000.123
PASSWORD = "correct horse battery staple"
HASHER = PasswordHasher(HashCost(memory_mib=8, time=1, lanes=1))


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def stores(request: pytest.FixtureRequest, new_store: NewStore) -> Iterator[Stores]:
    with closing(open_stores(read_location(new_store(request.param)), NO_LOGIN)) as opened:
        yield opened


@pytest.fixture
def email() -> str:
    """One that nobody has yet."""
    return f"{uuid4()}@example.org"


def register(
    store: AccountStore,
    email: str,
    *,
    recording: Recording | None = None,
    hasher: PasswordHasher = HASHER,
    deadline: Deadline | None = None,
    **more: str,
) -> Account:
    recording = recording or Recording()
    rule = Registration(store, hasher, recording, recording, lambda: NOW)
    given = {"email": email, "password": PASSWORD, "firstname": "Ada", "lastname": "Example"}
    return rule.register(**(given | more), origin=ORIGIN, deadline=deadline or Deadline(SECONDS))


def stored(stores: Stores, email: str) -> tuple[Account, Credentials]:
    """Both rows of an address."""
    user_id = stores.accounts.owner(email, Deadline(SECONDS))
    credentials = stores.credentials.credentials(email, Deadline(SECONDS))
    assert credentials is not None
    return stores.accounts.account(user_id, Deadline(SECONDS)), credentials


def test_account_is_stored_with_a_hash_of_its_password(stores: Stores, email: str) -> None:
    account = register(
        stores.accounts, email.upper(), firstname=" Ada ", lastname="Zoe\u0308", password=PASSWORD
    )
    assert account == Account(
        account.user_id, "Ada", "Zoë", email, "active", 1_764_000_000_123, None
    )
    found, credentials = stored(stores, email)
    assert found == account
    assert credentials[::2] == (email, account.user_id)
    assert not credentials.account_locked
    assert HASHER.check(PASSWORD, credentials.password) == (True, False)


def test_registration_is_counted_and_audited_without_the_address(
    stores: Stores, email: str
) -> None:
    recording = Recording()
    account = register(stores.accounts, email, recording=recording)
    user_id = account.user_id
    assert recording.taken == [(Attempt.REGISTER, ORIGIN.address, "")]
    assert recording.records == [Record(Action.REGISTERED, str(user_id), user_id, ORIGIN, {})]


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda email: email, id="as it is"),
        pytest.param(lambda email: f" {email.upper()}\n", id="in upper case"),
    ],
)
def test_address_that_is_taken_is_refused_before_a_hash_is_made(
    stores: Stores, email: str, spelled: Callable[[str], str]
) -> None:
    first = register(stores.accounts, email)
    recording = Recording()
    with pytest.raises(EmailTaken):
        register(
            stores.accounts,
            spelled(email),
            recording=recording,
            hasher=cast("PasswordHasher", None),
            firstname="Eve",
        )
    assert stored(stores, email)[0] == first
    assert recording.records == []


def test_address_that_others_stored_in_another_spelling_is_taken(
    stores: Stores, email: str
) -> None:
    as_killrvideo = email.replace("@", "X@")  # which keeps the case of what is before the @
    account = Account(uuid4(), "Ada", "Example", as_killrvideo, "active", None, None)
    credentials = Credentials(as_killrvideo, "", account.user_id, account_locked=False)
    stores.accounts.create(account, credentials, Deadline(SECONDS))
    with pytest.raises(EmailTaken):
        register(stores.accounts, as_killrvideo.replace("example.org", "EXAMPLE.org"))


def test_of_many_who_want_one_address_at_once_exactly_one_has_it(
    stores: Stores, email: str
) -> None:
    barrier = Barrier(12)

    def try_it(number: int) -> Account | None:
        barrier.wait(SECONDS)
        try:
            return register(stores.accounts, email.upper() if number % 2 else email)
        except EmailTaken:
            return None

    with ThreadPoolExecutor(12) as threads:
        winners = [account for account in threads.map(try_it, range(12)) if account is not None]
    assert [stored(stores, email)[0]] == winners


@pytest.fixture(scope="module")
def sqlite(new_store: NewStore) -> Iterator[Stores]:
    with closing(open_stores(read_location(new_store("sqlite")), NO_LOGIN)) as opened:
        yield opened


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_counted(sqlite: Stores) -> None:
    recording = Recording()
    with pytest.raises(InvalidField) as refused:
        register(
            sqlite.accounts,
            "ada",
            recording=recording,
            password="ada",
            firstname="",
            lastname="\0x",
        )
    assert set(refused.value.violations) == {"email", "password", "firstname", "lastname"}
    assert recording.taken == []


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("email", "a@b"),
        ("password", "password"),
        ("password", "Lovelace"),
        ("firstname", "\u200b"),
        ("lastname", "x" * 51),
    ],
)
def test_one_field_that_is_wrong_is_named_alone(
    sqlite: Stores, email: str, field_name: str, value: str
) -> None:
    given: dict[str, Any] = {"email": email, "lastname": "Lovelace", field_name: value}
    with pytest.raises(InvalidField) as refused:
        register(sqlite.accounts, **given)
    assert refused.value.violations.keys() == {field_name}
    with pytest.raises(UserNotFound):
        sqlite.accounts.owner(email, Deadline(SECONDS))


def test_attempt_over_the_limit_learns_nothing_and_makes_nothing(
    sqlite: Stores, email: str
) -> None:
    register(sqlite.accounts, email)
    recording = Recording(RateLimited(60))
    for address in (email, f"new-{email}"):
        with pytest.raises(RateLimited):
            register(sqlite.accounts, address, recording=recording)
    with pytest.raises(UserNotFound):
        sqlite.accounts.owner(f"new-{email}", Deadline(SECONDS))


def test_time_that_the_hash_takes_is_not_taken_from_the_store(sqlite: Stores, email: str) -> None:
    deadline = Deadline(1.0)

    class SlowHasher(PasswordHasher):
        def hash(self, password: str) -> str:
            assert until(lambda: not deadline.remaining())
            return super().hash(password)

    slow = SlowHasher(HashCost(memory_mib=8, time=1, lanes=1))
    faulty = Faulty(sqlite.accounts, [])
    account = register(cast("AccountStore", faulty), email, hasher=slow, deadline=deadline)
    assert stored(sqlite, email)[0] == account
    assert faulty.seconds_left[0] > 0


@dataclass
class Faulty:
    """A store that fails in a way of its own at each of the first calls of create.

    faults: whether the account is made all the same, and what is raised. asked, seconds_left: what
    it was asked for, and for how long.
    """

    store: AccountStore
    faults: list[tuple[bool, Exception]]
    asked: list[tuple[Account, Credentials]] = field(default_factory=list)
    seconds_left: list[float] = field(default_factory=list)

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        self.asked.append((account, credentials))
        self.seconds_left.append(deadline.remaining())
        is_made, error = self.faults.pop(0) if self.faults else (True, None)
        if is_made:
            self.store.create(account, credentials, deadline)
        if error is not None:
            raise error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


UNKNOWN = OutcomeUnknown("no answer")
AWAY = StoreUnavailable("no node")


@pytest.mark.parametrize("is_made", [True, False], ids=["made", "not made"])
def test_unknown_outcome_is_settled_by_asking_once_more_for_the_same(
    sqlite: Stores, email: str, *, is_made: bool
) -> None:
    faulty = Faulty(sqlite.accounts, [(is_made, UNKNOWN)])
    recording = Recording()
    account = register(cast("AccountStore", faulty), email, recording=recording)
    assert stored(sqlite, email)[0] == account
    first, second = faulty.asked
    assert first == second
    assert len(recording.records) == 1


@pytest.mark.parametrize("second", [UNKNOWN, AWAY], ids=["unknown", "away"])
def test_outcome_that_stays_unknown_is_told_as_that(
    sqlite: Stores, email: str, second: StoreUnavailable
) -> None:
    faulty = Faulty(sqlite.accounts, [(True, UNKNOWN), (False, second)])
    recording = Recording()
    with pytest.raises(OutcomeUnknown):
        register(cast("AccountStore", faulty), email, recording=recording)
    assert len(faulty.asked) == 2
    assert recording.records == []


def test_store_that_is_away_is_asked_once(sqlite: Stores, email: str) -> None:
    faulty = Faulty(sqlite.accounts, [(False, AWAY)])
    with pytest.raises(StoreUnavailable):
        register(cast("AccountStore", faulty), email)
    assert len(faulty.asked) == 1
