"""Makes the limits that a server needs, from rates and the URL of a Redis."""

import time

from getme_server.accounts.attempts import AttemptLimits
from getme_server.limiting.memory_windows import MemoryWindows
from getme_server.limiting.rates import AttemptRates
from getme_server.limiting.window_limits import WindowLimits


def own_limits(rates: AttemptRates) -> AttemptLimits:
    """Limits that this process counts; with several workers, their parent."""
    return WindowLimits(rates, MemoryWindows(time.monotonic), time.monotonic)


def open_limits(rates: AttemptRates, redis_url: str | None, own: AttemptLimits) -> AttemptLimits:
    """The limits that sign-ins ask. own: of this server. redis_url: where all servers count."""
    if redis_url is None:
        return own
    # Here, not above: its client takes a while to import.
    from getme_server.limiting.redis_limits import RedisLimits  # noqa: PLC0415

    return RedisLimits(rates, redis_url, own, time.monotonic)
