"""The feed as others are told of it, who remember answers to tokens by what it tells.

An answer is right for as long as its token is good, and of a key that was retired no log tells. So
with other keys it is another log: nothing that was remembered under the one counts under the other,
and whoever follows it forgets with the next message what a retired key has brought about.
"""

from uuid import UUID

from getme_server.freshness.change_feed import ChangeFeed, KnownLog
from getme_server.tokens.key_ring import KeyRing


class ToldFeed:
    """The part of a feed that is told on. keys: those that tokens are verified with."""

    def __init__(self, feed: ChangeFeed, keys: KeyRing) -> None:
        self._feed = feed
        self._keys = keys

    @property
    def known_log(self) -> KnownLog:
        """The log, under an ID of its own for each set of keys; empty while none is known."""
        log = self._feed.known_log
        if not log.log_id:
            return log
        return log._replace(log_id=f"{log.log_id}.{self._keys.current.fingerprint}")

    @property
    def place(self) -> int:
        """As ChangeFeed.place."""
        return self._feed.place

    @property
    def polled(self) -> float:
        """As ChangeFeed.polled."""
        return self._feed.polled

    def changed_since(self, position: int) -> list[UUID] | None:
        """As ChangeFeed.changed_since."""
        return self._feed.changed_since(position)
