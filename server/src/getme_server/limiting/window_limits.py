"""Limits on attempts: each is counted in all its moving windows, or refused by one of them.

A refused attempt is counted nowhere. So an attacker whose allowance for an account is used up
takes nothing from the account's, which others need to sign in, nor from that of the address, which
a whole company may share; and while others use up the address's, an owner keeps the account's.

To ask all windows and then to count is not one step. Of attempts at once, those that find room in
all windows and then are too late for one are refused, but counted by the windows before it.
"""

from collections.abc import Callable

from limits.storage import Storage
from limits.strategies import MovingWindowRateLimiter

from getme_server.accounts.attempts import Attempt
from getme_server.accounts.errors import RateLimited
from getme_server.limiting.rates import AttemptRates, Window

_LEAST_WAIT_SECONDS = 1.0  # shorter, and clients would only be busy


class WindowLimits:
    """An AttemptLimits over a storage of the library `limits`, and as safe for threads as that.

    storage: keeps moving windows. clock: the one that the storage goes by, seconds.
    """

    def __init__(self, rates: AttemptRates, storage: Storage, clock: Callable[[], float]) -> None:
        self._rates = rates
        self._limiter = MovingWindowRateLimiter(storage)
        self._clock = clock

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        """Counts one attempt; see AttemptLimits."""
        windows = list(self._rates.windows(attempt, address=address, account=account))
        for has_room in (self._limiter.test, self._limiter.hit):  # only a hit counts
            for window in windows:
                if not has_room(window.rate, window.key):
                    raise RateLimited(self._seconds_until_room(window))

    def _seconds_until_room(self, window: Window) -> float:
        stats = self._limiter.get_window_stats(window.rate, window.key)
        longest = float(window.rate.get_expiry())
        return min(max(_LEAST_WAIT_SECONDS, stats.reset_time - self._clock()), longest)
