"""Limits that all servers count together in Redis, and what holds while Redis is away.

Then this server counts for itself: a sign-in never fails because Redis does, and nobody gets more
than the limit of each server. Whatever was counted in one place is not known in the other, so
each change between them may let an attacker have the limit once more.

The library's Lua scripts are atomic. They go by the clock of the server that asks: one whose clock
is wrong counts apart from the others, but never without limit.
"""

import threading
import time
from collections.abc import Callable

import structlog
from limits.storage import RedisStorage
from redis import ConnectionPool
from redis.exceptions import RedisError

from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.errors import RateLimited
from getme_server.limiting.rates import AttemptRates
from getme_server.limiting.window_limits import WindowLimits

CONNECT_SECONDS = 0.25
ANSWER_SECONDS = 0.25
PAUSE_SECONDS = 5.0
_KEY_PREFIX = "getme"

_log = structlog.get_logger()


def read_redis_url(text: str) -> str:
    """The text, if it is the URL of a Redis. Raises ValueError, without a word of the text."""
    try:
        _connections(text)
    except ValueError:
        raise ValueError(
            "this is redis://, rediss:// or unix://, such as redis://host:6379/0"
        ) from None
    return text


class RedisLimits:
    """An AttemptLimits in Redis. Never raises because of Redis, and connects when first asked.

    own: counts while Redis is away. monotonic: seconds. After a failure Redis is left alone for
    PAUSE_SECONDS, and then asked by one call, while the others do not wait for it.
    """

    def __init__(
        self, rates: AttemptRates, url: str, own: AttemptLimits, monotonic: Callable[[], float]
    ) -> None:
        storage = RedisStorage(url, connection_pool=_connections(url), key_prefix=_KEY_PREFIX)
        self._shared = WindowLimits(rates, storage, time.time)  # the clock that the library uses
        self._own = own
        self._clock = monotonic
        self._mutex = threading.Lock()
        self._is_away = False
        self._ask_again = 0.0

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        """Counts one attempt; see AttemptLimits."""
        if self._may_ask():
            try:
                self._shared.take(attempt, address=address, account=account)
            except RedisError as error:
                self._lost(error)
            except RateLimited:
                self._answered()
                raise
            else:
                self._answered()
                return
        self._own.take(attempt, address=address, account=account)

    def _may_ask(self) -> bool:
        with self._mutex:
            if not self._is_away:
                return True
            now = self._clock()
            if now < self._ask_again:
                return False
            self._ask_again = now + PAUSE_SECONDS  # so that no other call asks meanwhile
            return True

    def _lost(self, error: RedisError) -> None:
        with self._mutex:
            was_away, self._is_away = self._is_away, True
            self._ask_again = self._clock() + PAUSE_SECONDS
        if not was_away:  # its text is left out: it may hold what is in the URL
            _log.error("redis_away", error=type(error).__name__, limits="of this server")

    def _answered(self) -> None:
        with self._mutex:
            was_away, self._is_away = self._is_away, False
        if was_away:
            _log.info("redis_back", limits="of all servers")


def _connections(url: str) -> ConnectionPool:
    """Connects to nothing yet. No retries: the second try of a lost answer would count twice."""
    return ConnectionPool.from_url(
        url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS
    )
