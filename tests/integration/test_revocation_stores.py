"""What every store of revocations must do: one suite, run on SQLite and on a real Cassandra."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID, uuid4

import pytest

from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import Stores, open_stores
from getme_server.tokens.revocation import Revocation, RevocationStore, Revoked
from tests.conftest import NO_LOGIN, NewStore

SECONDS = 30
NOTHING: frozenset[bytes] = frozenset()
KEY = bytes(range(32))
OTHER_KEY = bytes(reversed(range(32)))
EARLIER = 1_764_000_000.1234560
LATER = 1_764_000_000.1234567  # in the same microsecond
WRITERS = 6
REVOCATIONS_EACH = 15


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def location(request: pytest.FixtureRequest, new_store: NewStore) -> Location:
    """A store that these tests share; each has users of its own."""
    return read_location(new_store(request.param))


@pytest.fixture(scope="module")
def stores(location: Location) -> Iterator[Stores]:
    stores = open_stores(location, NO_LOGIN)
    yield stores
    stores.close()


@pytest.fixture
def store(stores: Stores) -> RevocationStore:
    return stores.revocations


@pytest.fixture
def other_process(location: Location) -> Iterator[RevocationStore]:
    """The same store, opened once more."""
    stores = open_stores(location, NO_LOGIN)
    yield stores.revocations
    stores.close()


def revoke(store: RevocationStore, user_id: UUID, key: bytes = KEY) -> None:
    store.revoke_tokens(user_id, [key], Deadline(SECONDS), keep_seconds=3_600)


def revoke_all(store: RevocationStore, user_id: UUID, moment: float) -> None:
    store.revoke_user_tokens(user_id, moment, Deadline(SECONDS), keep_seconds=3_600)


def known(store: RevocationStore, user_id: UUID, *keys: bytes) -> Revoked:
    return store.revoked(user_id, keys or [KEY], Deadline(SECONDS))


def is_dense(entries: list[Revocation], after: int) -> bool:
    places = [entry.position for entry in entries]
    return places == list(range(after + 1, after + 1 + len(entries)))


def test_nothing_is_known_of_a_token_that_nobody_revoked(store: RevocationStore) -> None:
    assert known(store, uuid4()) == Revoked(NOTHING, issued_before=None)


def test_a_revoked_token_is_known_and_no_other(store: RevocationStore) -> None:
    user, other = uuid4(), uuid4()
    revoke(store, user)
    assert known(store, user) == Revoked(frozenset([KEY]), issued_before=None)
    assert known(store, user, OTHER_KEY) == Revoked(NOTHING, issued_before=None)
    assert known(store, other) == Revoked(NOTHING, issued_before=None)


def test_what_is_revoked_at_once_is_one_entry_of_the_log(store: RevocationStore) -> None:
    user = uuid4()
    start = store.last_position(Deadline(SECONDS))
    keys = [number.to_bytes(32, "big") for number in range(300)]
    store.revoke_tokens(user, keys, Deadline(SECONDS), keep_seconds=3_600)
    assert known(store, user, *keys, OTHER_KEY) == Revoked(frozenset(keys), issued_before=None)
    assert store.log_after(start, Deadline(SECONDS)) == [Revocation(start + 1, user)]


def test_nothing_is_revoked_by_no_key(store: RevocationStore) -> None:
    start = store.last_position(Deadline(SECONDS))
    store.revoke_tokens(uuid4(), [], Deadline(SECONDS), keep_seconds=3_600)
    assert store.last_position(Deadline(SECONDS)) == start


def test_no_key_is_asked_for_only_the_moment(store: RevocationStore) -> None:
    user = uuid4()
    revoke(store, user)
    revoke_all(store, user, LATER)
    assert store.revoked(user, [], Deadline(SECONDS)) == Revoked(NOTHING, issued_before=LATER)


def test_a_token_revoked_twice_is_revoked(store: RevocationStore) -> None:
    user = uuid4()
    revoke(store, user)
    revoke(store, user)
    assert known(store, user).keys == {KEY}


@pytest.mark.parametrize("moment", [EARLIER, LATER, 1_764_000_000, 0.0, -1.5], ids=repr)
def test_the_moment_is_read_as_it_was_given(store: RevocationStore, moment: float) -> None:
    user = uuid4()
    revoke_all(store, user, moment)
    assert known(store, user) == Revoked(NOTHING, issued_before=moment)
    assert known(store, uuid4()) == Revoked(NOTHING, issued_before=None)


@pytest.mark.parametrize(
    "moments", [(EARLIER, LATER), (LATER, EARLIER), (LATER, 0.0), (LATER, LATER)], ids=repr
)
def test_of_two_moments_the_later_one_counts(
    store: RevocationStore, moments: tuple[float, float]
) -> None:
    user = uuid4()
    for moment in moments:
        revoke_all(store, user, moment)
    assert known(store, user).issued_before == LATER


def test_a_token_and_the_moment_of_its_user_are_read_at_once(store: RevocationStore) -> None:
    user = uuid4()
    revoke(store, user)
    revoke_all(store, user, LATER)
    assert known(store, user) == Revoked(frozenset([KEY]), issued_before=LATER)


def test_each_revocation_is_one_entry_behind_the_last(store: RevocationStore) -> None:
    user, other = uuid4(), uuid4()
    start = store.last_position(Deadline(SECONDS))
    revoke(store, user)
    revoke_all(store, other, LATER)
    assert store.log_after(start, Deadline(SECONDS)) == [
        Revocation(start + 1, user),
        Revocation(start + 2, other),
    ]
    assert store.log_after(start + 1, Deadline(SECONDS)) == [Revocation(start + 2, other)]
    assert store.last_position(Deadline(SECONDS)) == start + 2
    assert store.log_after(start + 2, Deadline(SECONDS)) == []


@pytest.mark.parametrize("kind", ["sqlite", "cassandra"])
def test_a_log_without_entries_is_at_place_0(new_store: NewStore, kind: str) -> None:
    stores = open_stores(read_location(new_store(kind)), NO_LOGIN)
    try:
        assert stores.revocations.last_position(Deadline(SECONDS)) == 0
        assert stores.revocations.log_after(0, Deadline(SECONDS)) == []
    finally:
        stores.close()


def test_many_writers_share_one_log_and_a_follower_misses_none(
    store: RevocationStore, other_process: RevocationStore
) -> None:
    start = store.last_position(Deadline(SECONDS))
    users = [[uuid4() for _ in range(REVOCATIONS_EACH)] for _ in range(WRITERS)]
    done = Event()

    def write(writer: int) -> None:
        for user in users[writer]:
            revoke((store, other_process)[writer % 2], user)

    def follow() -> list[Revocation]:
        seen: list[Revocation] = []
        last_look = False
        while not last_look:
            last_look = done.is_set()
            place = seen[-1].position if seen else start
            for entry in store.log_after(place, Deadline(SECONDS)):
                assert known(store, entry.user_id).keys, "in the log before it can be read"
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
    assert {entry.user_id for entry in seen} == set(itertools.chain(*users))
    assert store.last_position(Deadline(SECONDS)) == seen[-1].position


def test_a_thousand_revocations_of_one_user_are_all_known(store: RevocationStore) -> None:
    user = uuid4()
    start = store.last_position(Deadline(SECONDS))
    keys = [number.to_bytes(32, "big") for number in range(1_000)]
    for key in keys:
        revoke(store, user, key)
    revoke_all(store, user, LATER)
    assert known(store, user, *keys[::5]) == Revoked(frozenset(keys[::5]), LATER)
    assert known(store, user, keys[7], OTHER_KEY).keys == {keys[7]}
    assert known(store, user, OTHER_KEY) == Revoked(NOTHING, issued_before=LATER)
    entries = store.log_after(start, Deadline(SECONDS))
    assert len(entries) == 1_001
    assert is_dense(entries, after=start)
