"""Moving windows in this process's memory, for the strategies of the library `limits`.

In place of its own MemoryStorage (5.8.0), which keeps the key of a moving window for ever, looks
through all keys in a thread about every 10 ms while it is asked (with 100,000 keys, 240 questions
cost 2.7 s of CPU), drops a key's lock while others wait for it, and trusts a clock that can be set.
"""

import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable

from cachetools import TLRUCache
from limits.storage import MovingWindowSupport, Storage

from getme_server.limiting.rates import is_of_address

# Of addresses, and as many others; of 0.5 to 0.7 KB each, measured, with few attempts in each.
MAX_WINDOWS = 200_000


class _Moments:
    """When the attempts in a window were made, the oldest first. seconds: the window's length."""

    __slots__ = ("made", "seconds")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.made = array("d")


_Windows = TLRUCache[str, _Moments]


class MemoryWindows(Storage, MovingWindowSupport):
    """Counts attempts. Safe for use by many threads at once. monotonic: seconds.

    A window is forgotten when its last attempt is out of it, and when there are more than
    max_windows, the one that was asked for least recently: one under attack stays. Windows of
    addresses are kept apart from the others, max_windows of each: whoever makes up accounts
    makes windows, but no address's is forgotten for them, and it limits how many those can be.

    Moments are those of the clock, not since 1970.
    """

    STORAGE_SCHEME = None  # nobody finds it by a URL

    def __init__(self, monotonic: Callable[[], float], max_windows: int = MAX_WINDOWS) -> None:
        super().__init__()
        self._clock = monotonic
        self._mutex = threading.Lock()
        self._of_addresses = _Windows(max_windows, _forgotten_at, monotonic)
        self._others = _Windows(max_windows, _forgotten_at, monotonic)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What it raises: nothing of its own."""
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Counts attempts, if the window of expiry seconds has room for them under limit."""
        with self._mutex:
            now = self._clock()
            windows = self._with(key)
            moments = windows.get(key) or _Moments(expiry)
            del moments.made[: bisect_left(moments.made, now - expiry)]
            if len(moments.made) + amount > limit:
                return False
            moments.made.extend([now] * amount)
            windows[key] = moments
            return True

    def get_moving_window(
        self,
        key: str,
        limit: int,  # noqa: ARG002  # the signature is the library's
        expiry: int,
    ) -> tuple[float, int]:
        """The moment of the oldest attempt in the window, now where there is none, and how many."""
        with self._mutex:
            now = self._clock()
            moments = self._with(key).get(key)
            made = moments.made if moments else array("d")
            first = bisect_left(made, now - expiry)
            return (made[first], len(made) - first) if first < len(made) else (now, 0)

    def clear(self, key: str) -> None:
        """Forgets a window."""
        with self._mutex:
            self._with(key).pop(key, None)

    def reset(self) -> int:
        """Forgets all windows; how many there were."""
        with self._mutex:
            count = len(self._of_addresses) + len(self._others)
            self._of_addresses.clear()
            self._others.clear()
            return count

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    def _with(self, key: str) -> _Windows:
        return self._of_addresses if is_of_address(key) else self._others


def _forgotten_at(_key: str, moments: _Moments, now: float) -> float:
    return now + moments.seconds
