"""What every store's log of changes must do: one suite, run on SQLite and on a real Cassandra."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from uuid import UUID, uuid4

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.session import Session
from getme_server.change_log import Change, LogHead
from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import Stores, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.rivals import person_with

SECONDS = 30
KEY = bytes(range(32))
MOMENT = 1_764_000_000.5
WRITERS = 6
CHANGES_EACH = 15
MANY = 1_000


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def location(request: pytest.FixtureRequest, new_store: NewStore) -> Location:
    """A store that these tests share; each has users of its own."""
    return read_location(new_store(request.param))


@pytest.fixture
def told() -> list[UUID]:
    """Of whom this process was told that it has changed something."""
    return []


@pytest.fixture
def stores(location: Location, told: list[UUID]) -> Iterator[Stores]:
    with closing(open_stores(location, NO_LOGIN, on_change=told.append)) as stores:
        yield stores


@pytest.fixture
def other_process(location: Location) -> Iterator[Stores]:
    """The same store, opened once more."""
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


def soon() -> Deadline:
    return Deadline(SECONDS)


def head(stores: Stores) -> LogHead:
    return stores.changes.head(soon())


def after(stores: Stores, position: int) -> list[Change]:
    return stores.changes.after(position, soon())


def revoke(stores: Stores, *users: UUID) -> None:
    for user in users:
        stores.revocations.revoke_tokens(user, [KEY], soon(), keep_seconds=3_600)


def is_revoked(stores: Stores, user: UUID) -> bool:
    return bool(stores.revocations.revoked(user, [KEY], soon()).keys)


def made(stores: Stores) -> Account:
    """An account with credentials, which getme has made."""
    account, credentials = person_with(f"{uuid4()}@example.org")
    stores.accounts.create(account, credentials, soon())
    return account


def is_dense(entries: list[Change], after: int) -> bool:
    positions = [entry.position for entry in entries]
    return positions == list(range(after + 1, after + 1 + len(entries)))


CHANGES: dict[str, Callable[[Stores, Account], object]] = {
    "names": lambda s, one: s.accounts.update_names(one, "New", "Name", soon()),
    "status": lambda s, one: s.accounts.set_status(one, "suspended", soon()),
    "becomes a moderator": lambda s, one: s.accounts.set_status(one, "moderator", soon()),
    "no status": lambda s, one: s.accounts.set_status(one, "", soon()),
    "date of a sign-in": lambda s, one: s.accounts.record_sign_in(one.user_id, 1, soon()),
    "removal": lambda s, one: s.accounts.remove(one.user_id, soon()),
    "lock": lambda s, one: s.credentials.set_locked(one.email, locked=True, deadline=soon()),
    "unlock": lambda s, one: s.credentials.set_locked(one.email, locked=False, deadline=soon()),
    "a token": lambda s, one: revoke(s, one.user_id),
    "many tokens at once": lambda s, one: s.revocations.revoke_tokens(
        one.user_id, [number.to_bytes(32, "big") for number in range(300)], soon(), keep_seconds=60
    ),
    "all tokens": lambda s, one: s.revocations.revoke_user_tokens(
        one.user_id, MOMENT, soon(), keep_seconds=60
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_one_entry_behind_the_last_and_is_told(
    stores: Stores,
    other_process: Stores,
    told: list[UUID],
    change: Callable[[Stores, Account], object],
) -> None:
    someone = made(stores)
    start = head(stores).position
    assert change(stores, someone) is not False
    entry = Change(start + 1, someone.user_id)
    for process in (stores, other_process):
        assert after(process, start) == [entry]
        assert head(process).position == start + 1
        assert after(process, start + 1) == []
    assert told == [someone.user_id]


def session_of(account: Account) -> Session:
    return Session(
        account.user_id, uuid4(), MOMENT, MOMENT + 1e9, MOMENT, "", "", 0, b"1", b"", b""
    )


NO_CHANGES: dict[str, Callable[[Stores, Account], object]] = {
    "a new account": lambda s, _: made(s),
    "a session": lambda s, one: s.sessions.add(session_of(one), soon()),
    "a failed attempt": lambda s, one: s.credentials.count_failed_attempt(one.email, soon()),
    "no token": lambda s, one: s.revocations.revoke_tokens(
        one.user_id, [], soon(), keep_seconds=60
    ),
    "a lock of nobody": lambda s, _: s.credentials.set_locked(
        f"{uuid4()}@example.org", locked=True, deadline=soon()
    ),
    "a look": lambda s, one: (
        s.accounts.account(one.user_id, soon()),
        s.accounts.credentials_locked(one.email, soon()),
    ),
}


@pytest.mark.parametrize("call", NO_CHANGES.values(), ids=NO_CHANGES)
def test_what_changes_no_answer_is_no_entry(
    stores: Stores, told: list[UUID], call: Callable[[Stores, Account], object]
) -> None:
    someone = made(stores)
    start = head(stores)
    call(stores, someone)
    assert head(stores) == start
    assert told == []


@pytest.mark.parametrize("kind", ["sqlite", "cassandra"])
def test_a_log_begins_at_0_and_has_a_name_of_its_own(
    new_store: NewStore, location: Location, kind: str
) -> None:
    with (
        closing(open_stores(location, NO_LOGIN)) as other,
        closing(open_stores(read_location(new_store(kind)), NO_LOGIN)) as stores,
    ):
        assert head(stores).position == 0
        assert after(stores, 0) == []
        users = [uuid4(), uuid4()]
        revoke(stores, *users)
        revoke(other, *users)
        assert after(stores, 0) == [Change(1, users[0]), Change(2, users[1])]
        assert len(head(stores).log_id) >= 16
        assert head(stores).log_id != head(other).log_id


def test_a_log_keeps_its_name_whoever_writes(stores: Stores, other_process: Stores) -> None:
    revoke(stores, uuid4())
    name = head(stores).log_id
    for process in (other_process, stores, other_process):
        revoke(process, uuid4())
        assert head(process).log_id == name


def test_many_writers_share_one_log_and_a_follower_misses_none(
    stores: Stores, other_process: Stores
) -> None:
    start = head(stores).position
    users = [[uuid4() for _ in range(CHANGES_EACH)] for _ in range(WRITERS)]
    done = Event()

    def write(writer: int) -> None:
        process = (stores, other_process)[writer % 2]
        for user in users[writer]:
            before = head(stores).position
            revoke(process, user)
            assert user in {entry.user_id for entry in after(stores, before)}, "it is acknowledged"

    def follow() -> list[Change]:
        seen: list[Change] = []
        last_look = False
        while not last_look:
            last_look = done.is_set()
            for entry in after(stores, seen[-1].position if seen else start):
                # Unless the store says that the change may come later than its entry.
                assert stores.changes.quiet_seconds or is_revoked(stores, entry.user_id)
                seen.append(entry)
        return seen

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        following = pool.submit(follow)
        try:
            for writing in [pool.submit(write, writer) for writer in range(WRITERS)]:
                writing.result()
        finally:
            done.set()
        seen = following.result()
    assert is_dense(seen, after=start)
    everybody = set(itertools.chain(*users))
    assert {entry.user_id for entry in seen} == everybody
    assert all(is_revoked(stores, user) for user in everybody)
    assert head(stores).position == seen[-1].position


def test_many_entries_are_read_at_once(stores: Stores) -> None:
    start = head(stores).position
    users = [uuid4() for _ in range(MANY)]
    revoke(stores, *users)
    entries = after(stores, start)
    assert is_dense(entries, after=start)
    assert [entry.user_id for entry in entries] == users
