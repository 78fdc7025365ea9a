"""Whose credentials are not locked, remembered for a while.

`users` holds the status, `user_credentials` the lock, and they have different partition keys.
Asking for the lock each time would double the reads of a call. A lock that is made through getme
revokes all tokens of the user, and what is remembered counts only while the feed of revocations
vouches that this has not happened since. One that is made around getme (KillrVideo's own sign-in)
has GETME_CACHE_TTL to take effect. Locked ones are not remembered: they are few, and unlocking
counts at once.
"""

from collections.abc import Callable
from threading import Lock
from typing import Protocol
from uuid import UUID

from cachetools import TTLCache

from getme_server.deadline import Deadline

MAX_REMEMBERED = 100_000


class CredentialLocks(Protocol):
    """The part of AccountStore that tells who is locked."""

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """Whether the credentials of this address are locked. Raises StoreUnavailable."""
        ...


class RevocationNews(Protocol):
    """The part of RevocationFeed that vouches for what was seen."""

    @property
    def position(self) -> int:
        """The place in the log up to which everything is known."""
        ...

    def unchanged_since(self, user_id: UUID, position: int, *, at: float) -> bool:
        """Whether it is certain that no token of a user was revoked after a place in the log."""
        ...


class RememberedLocks:
    """Asks the store about an address once in ttl_seconds; 0 asks each time.

    timer: a monotonic clock, seconds.
    """

    def __init__(
        self,
        store: CredentialLocks,
        news: RevocationNews,
        *,
        ttl_seconds: float,
        timer: Callable[[], float],
    ) -> None:
        self._store = store
        self._news = news
        self._timer = timer
        # The place in the log up to which they are known not to be locked.
        self._open: TTLCache[str, int] = TTLCache(MAX_REMEMBERED, ttl_seconds, timer=timer)
        self._mutex = Lock()

    def locked(self, email: str, user_id: UUID, deadline: Deadline, *, fresh: bool) -> bool:
        """Whether the credentials of this address, which a user has, are locked.

        fresh: ask the store, whatever is remembered. Raises StoreUnavailable.
        """
        with self._mutex:
            seen = None if fresh else self._open.get(email)
        if seen is not None and self._news.unchanged_since(user_id, seen, at=self._timer()):
            return False
        position = self._news.position  # before the store is read: what comes later is news
        locked = self._store.credentials_locked(email, deadline)
        with self._mutex:
            if locked:
                self._open.pop(email, None)
            else:
                self._open[email] = position
        return locked
