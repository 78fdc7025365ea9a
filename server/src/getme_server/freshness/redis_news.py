"""Tells other servers through Redis that the log of changes has grown, so that they look at once.

Nothing depends on it: the log is in the store, with the change itself, and is polled all the same.
So a Redis that is away, frozen or emptied makes news later by one poll, and nothing stale.
"""

import threading
from collections.abc import Callable

import structlog
from redis import Redis
from redis.exceptions import RedisError

_CHANNEL = "getme/changes"
_CONNECT_SECONDS = 0.25
_ANSWER_SECONDS = 0.25
_PAUSE_SECONDS = 1.0
_LOOK_SECONDS = 0.5  # how often it is seen that this server stops
_NOTHING = b""  # who it is about stands in the log

_log = structlog.get_logger()


class RedisNews:
    """Publishes and listens in threads of its own. Never raises because of Redis.

    heard: called when another server, or this one, has told of something.
    """

    def __init__(self, url: str, heard: Callable[[], None]) -> None:
        self._redis = Redis.from_url(
            url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS
        )
        self._heard = heard
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._is_away = False
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("redis-publish", self._publish), ("redis-listen", self._listen))
        ]

    @property
    def is_away(self) -> bool:
        """Whether Redis did not answer when it was asked last."""
        return self._is_away

    def tell(self) -> None:
        """The log has grown; waits for nothing."""
        self._due.set()

    def start(self) -> None:
        """Connects in the background, now and whenever Redis is back."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Tells and listens no more."""
        self._stopping.set()
        self._due.set()

    def _publish(self) -> None:
        while True:
            self._due.wait()
            if self._stopping.is_set():
                return
            self._due.clear()
            try:
                self._redis.publish(_CHANNEL, _NOTHING)
            except RedisError as error:
                self._lost(error)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as messages:  # type: ignore[no-untyped-call]
                    messages.subscribe(_CHANNEL)
                    self._heard()  # what was told before cannot be heard any more
                    self._answered()
                    while not self._stopping.is_set():
                        if messages.get_message(timeout=_LOOK_SECONDS) is not None:
                            self._heard()
            except RedisError as error:
                self._lost(error)
                self._stopping.wait(_PAUSE_SECONDS)

    def _lost(self, error: RedisError) -> None:
        if not self._is_away:  # its text is left out: it may hold what is in the URL
            _log.warning("redis_away", error=type(error).__name__, changes="polled")
        self._is_away = True

    def _answered(self) -> None:
        if self._is_away:
            _log.info("redis_back", changes="told at once")
        self._is_away = False
