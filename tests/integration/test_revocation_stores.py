"""What every store of revocations must do: one suite, run on SQLite and on a real Cassandra."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import Stores, open_stores
from getme_server.tokens.revocation import RevocationStore, Revoked
from tests.conftest import NO_LOGIN, NewStore

SECONDS = 30
NOTHING: frozenset[bytes] = frozenset()
KEY = bytes(range(32))
OTHER_KEY = bytes(reversed(range(32)))
EARLIER = 1_764_000_000.1234560
LATER = 1_764_000_000.1234567  # in the same microsecond


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


def revoke(store: RevocationStore, user_id: UUID, key: bytes = KEY) -> None:
    store.revoke_tokens(user_id, [key], Deadline(SECONDS), keep_seconds=3_600)


def revoke_all(store: RevocationStore, user_id: UUID, moment: float) -> None:
    store.revoke_user_tokens(user_id, moment, Deadline(SECONDS), keep_seconds=3_600)


def known(store: RevocationStore, user_id: UUID, *keys: bytes) -> Revoked:
    return store.revoked(user_id, keys or [KEY], Deadline(SECONDS))


def test_nothing_is_known_of_a_token_that_nobody_revoked(store: RevocationStore) -> None:
    assert known(store, uuid4()) == Revoked(NOTHING, issued_before=None)


def test_a_revoked_token_is_known_and_no_other(store: RevocationStore) -> None:
    user, other = uuid4(), uuid4()
    revoke(store, user)
    assert known(store, user) == Revoked(frozenset([KEY]), issued_before=None)
    assert known(store, user, OTHER_KEY) == Revoked(NOTHING, issued_before=None)
    assert known(store, other) == Revoked(NOTHING, issued_before=None)


def test_many_tokens_are_revoked_at_once(store: RevocationStore) -> None:
    user = uuid4()
    keys = [number.to_bytes(32, "big") for number in range(300)]
    store.revoke_tokens(user, keys, Deadline(SECONDS), keep_seconds=3_600)
    assert known(store, user, *keys, OTHER_KEY) == Revoked(frozenset(keys), issued_before=None)


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


def test_a_thousand_revocations_of_one_user_are_all_known(store: RevocationStore) -> None:
    user = uuid4()
    keys = [number.to_bytes(32, "big") for number in range(1_000)]
    for key in keys:
        revoke(store, user, key)
    revoke_all(store, user, LATER)
    assert known(store, user, *keys[::5]) == Revoked(frozenset(keys[::5]), LATER)
    assert known(store, user, keys[7], OTHER_KEY).keys == {keys[7]}
    assert known(store, user, OTHER_KEY) == Revoked(NOTHING, issued_before=LATER)
