"""Whose credentials are locked, remembered for a while.

`users` holds the status, `user_credentials` the lock, and they have different partition keys.
Asking for the lock each time would double the reads of a call; it is written around getme only
(KillrVideo's own sign-in), and the contract gives such a change GETME_CACHE_TTL to take effect.
"""

from collections.abc import Callable
from threading import Lock

from cachetools import TTLCache

from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline

MAX_REMEMBERED = 100_000


class RememberedLocks:
    """Asks the store about an address once in ttl_seconds; 0 asks each time.

    timer: a monotonic clock, seconds.
    """

    def __init__(
        self, store: AccountStore, *, ttl_seconds: float, timer: Callable[[], float]
    ) -> None:
        self._store = store
        self._known: TTLCache[str, bool] = TTLCache(MAX_REMEMBERED, ttl_seconds, timer=timer)
        self._mutex = Lock()

    def locked(self, email: str, deadline: Deadline, *, fresh: bool) -> bool:
        """Whether the credentials of this address are locked. Raises StoreUnavailable.

        fresh: ask the store, whatever is remembered.
        """
        with self._mutex:
            known = None if fresh else self._known.get(email)
        if known is None:
            known = self._store.credentials_locked(email, deadline)
            with self._mutex:
                self._known[email] = known
        return known
