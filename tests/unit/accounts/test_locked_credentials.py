"""The lock of credentials is asked for once in a while, and never guessed."""

from uuid import UUID

import pytest

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.accounts.locked_credentials import RememberedLocks
from getme_server.deadline import Deadline

EMAIL = "ada@example.org"
USER_ID = UUID(int=1)


class CountingStore:
    """A store double that counts what it is asked, which no real store tells."""

    def __init__(self) -> None:
        self.locked: set[str] = set()
        self.away = False
        self.asked = 0

    def account(self, user_id: object, deadline: Deadline) -> Account:
        """Nobody."""
        raise UserNotFound(f"{user_id} {deadline}")

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """What the test says."""
        assert deadline.remaining() > 0
        self.asked += 1
        if self.away:
            raise StoreUnavailable("away")
        return email in self.locked

    def owner(self, email: str, deadline: Deadline) -> UUID:
        """Nobody."""
        raise UserNotFound(f"{email} {deadline}")

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        """It is made nowhere."""

    def trouble(self) -> None:
        return None

    def probe(self, deadline: Deadline) -> None:
        """It answers."""


class Clock:
    """A clock that stands still until a test moves it."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


class News:
    """A feed of revocations that the test writes."""

    def __init__(self) -> None:
        self.position = 0
        self.changed: dict[UUID, int] = {}
        self.knows = True

    def unchanged_since(self, user_id: UUID, position: int, *, at: float) -> bool:
        return self.knows and self.changed.get(user_id, 0) <= position

    def revoke(self, user_id: UUID) -> None:
        self.position += 1
        self.changed[user_id] = self.position


NEWS = News()  # no news at all


def locked(locks: RememberedLocks, email: str = EMAIL, *, fresh: bool = False) -> bool:
    return locks.locked(email, USER_ID, Deadline(1), fresh=fresh)


def test_store_is_asked_once_within_the_time_to_live_and_again_after_it(
    store: CountingStore, clock: Clock
) -> None:
    locks = RememberedLocks(store, NEWS, ttl_seconds=60, timer=clock)
    assert [locked(locks), locked(locks)] == [False, False]
    clock.seconds += 59.9
    assert not locked(locks)
    assert store.asked == 1
    store.locked = {EMAIL}
    clock.seconds += 0.1
    assert locked(locks)
    assert store.asked == 2


def test_a_lock_is_not_remembered_so_that_its_end_counts_at_once(
    store: CountingStore, clock: Clock
) -> None:
    locks = RememberedLocks(store, NEWS, ttl_seconds=60, timer=clock)
    store.locked = {EMAIL}
    assert locked(locks)
    store.locked = set()
    assert not locked(locks)


def test_what_is_remembered_is_void_once_tokens_of_the_user_were_revoked(
    store: CountingStore, clock: Clock
) -> None:
    news = News()
    locks = RememberedLocks(store, news, ttl_seconds=60, timer=clock)
    assert not locked(locks)
    store.locked = {EMAIL}
    news.revoke(UUID(int=2))
    assert not locked(locks)  # somebody else's
    news.revoke(USER_ID)
    assert locked(locks)
    store.locked = set()
    assert [locked(locks), locked(locks)] == [False, False]
    assert store.asked == 3


def test_nothing_is_remembered_while_the_feed_knows_nothing(
    store: CountingStore, clock: Clock
) -> None:
    news = News()
    locks = RememberedLocks(store, news, ttl_seconds=60, timer=clock)
    assert not locked(locks)
    news.knows = False
    store.locked = {EMAIL}
    assert locked(locks)


def test_use_does_not_lengthen_the_time_to_live(store: CountingStore, clock: Clock) -> None:
    locks = RememberedLocks(store, NEWS, ttl_seconds=60, timer=clock)
    for _ in range(7):
        locked(locks)
        clock.seconds += 10
    assert store.asked == 2


def test_zero_asks_each_time(store: CountingStore, clock: Clock) -> None:
    locks = RememberedLocks(store, NEWS, ttl_seconds=0, timer=clock)
    assert not locked(locks)
    store.locked = {EMAIL}
    assert locked(locks)
    assert store.asked == 2


def test_addresses_are_told_apart(store: CountingStore, clock: Clock) -> None:
    store.locked = {EMAIL}
    locks = RememberedLocks(store, NEWS, ttl_seconds=60, timer=clock)
    assert [locked(locks), locked(locks, "b@example.org")] == [True, False]
    assert [locked(locks), locked(locks, "b@example.org")] == [True, False]


def test_failure_is_not_remembered(store: CountingStore, clock: Clock) -> None:
    locks = RememberedLocks(store, NEWS, ttl_seconds=60, timer=clock)
    store.away = True
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            locked(locks)
    store.away = False
    assert not locked(locks)
    assert store.asked == 3
