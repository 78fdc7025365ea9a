"""Standings from memory, as long as the feed vouches that nothing has changed (`change_feed`).

A change made around getme, of which no log tells, takes effect when a standing has been remembered
for ttl_seconds. That a user does not exist is remembered for a moment only, because that somebody
is made is in no log.
"""

import math
import sys
import threading
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from getme.cache import Cache
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.accounts.standing import Seen, Standing, Standings
from getme_server.deadline import Deadline
from getme_server.errors import DeadlinePassed
from getme_server.tokens.revocation import ChangeNews
from getme_server.tokens.revocation_check import NEVER_LOOKED

MISSING_SECONDS = 0.5
# What was read for longer may tell what is no longer so, and the contract's promise is a second.
SLOW_READ_SECONDS = 0.75


class _Remembered(NamedTuple):
    """standing: None where there is no such user."""

    standing: Standing | None
    seen: Seen


class _Read:
    """A read that is under way, for all who ask meanwhile. seen: as if it were done by now."""

    def __init__(self, position: int, at: float) -> None:
        self.seen = Seen(position, at, math.inf)
        self.done = threading.Event()
        self.found: _Remembered | None = None  # None, once done: it failed


class RememberedStandings:
    """Asks the store once for many callers (the protocol Standings).

    ttl_seconds: 0 remembers nothing. max_bytes: how much it may hold. looked_up: called with
    whether memory had an answer. clock: monotonic, seconds.
    """

    def __init__(  # noqa: PLR0913  # what it asks, and by which rules it remembers
        self,
        stored: Standings,
        news: ChangeNews,
        *,
        ttl_seconds: float,
        max_bytes: int,
        looked_up: Callable[[bool], None],
        clock: Callable[[], float],
    ) -> None:
        self._stored = stored
        self._news = news
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self.memory: Cache[UUID, _Remembered] = Cache(max_bytes, _weight)
        self._looked_up = looked_up
        self._reads: dict[UUID, _Read] = {}
        self._mutex = threading.Lock()

    def standing(
        self, user_id: UUID, deadline: Deadline, *, max_staleness_seconds: float | None = None
    ) -> Standing:
        """As Standings.standing."""
        now = self._clock()
        found = self.memory.get(user_id)
        if found is not None and not self._is_good(user_id, found.seen, now, max_staleness_seconds):
            found = None
        self._looked_up(found is not None)
        if found is None:
            found = self._read_or_wait(user_id, deadline, max_staleness_seconds)
            if self._is_outdated(user_id, found.seen):
                found = self._read_or_wait(user_id, deadline, max_staleness_seconds)
        if found.standing is None:
            raise UserNotFound("there is no such user")
        return found.standing

    def _is_good(
        self, user_id: UUID, seen: Seen, now: float, max_staleness_seconds: float | None
    ) -> bool:
        if max_staleness_seconds is not None and seen.at <= now - max_staleness_seconds:
            return False
        return now < seen.ends and self._news.covers(user_id, seen.position, at=now)

    def _is_outdated(self, user_id: UUID, seen: Seen) -> bool:
        """Whether what was just read may be, because the store or this process stood still."""
        now = self._clock()
        is_slow = now - seen.at > SLOW_READ_SECONDS
        return is_slow and not self._news.covers(user_id, seen.position, at=now)

    def _read_or_wait(
        self, user_id: UUID, deadline: Deadline, max_staleness_seconds: float | None
    ) -> _Remembered:
        while True:
            now = self._clock()
            position = self._news.position_of(user_id)  # before the store is read
            with self._mutex:
                under_way = self._reads.get(user_id)
                if under_way is None or not self._is_good(
                    user_id, under_way.seen, now, max_staleness_seconds
                ):
                    own = self._reads[user_id] = _Read(position, now)
                    break
            if not under_way.done.wait(deadline.remaining()):
                if deadline.is_callers:
                    raise DeadlinePassed
                raise StoreUnavailable("no answer in time")
            if under_way.found is not None:
                return under_way.found
        try:
            own.found = self._read(user_id, own, deadline)
        finally:
            with self._mutex:
                if self._reads.get(user_id) is own:
                    del self._reads[user_id]
            own.done.set()
        return own.found

    def _read(self, user_id: UUID, read: _Read, deadline: Deadline) -> _Remembered:
        ttl = self._ttl_seconds
        position, at, _ = read.seen
        standing: Standing | None
        try:
            standing = self._stored.standing(user_id, deadline)
        except UserNotFound:
            standing, ttl = None, min(ttl, MISSING_SECONDS)
        seen = Seen(position, at, at + ttl)
        if ttl <= 0 or position == NEVER_LOOKED:
            return _Remembered(standing, seen)
        found = _Remembered(standing and standing._replace(seen=seen), seen)
        self.memory.put(user_id, found)
        return found


def _weight(_user_id: UUID, remembered: _Remembered) -> int:
    """Bytes that it takes in CPython: the texts and what holds them."""
    standing = remembered.standing
    if standing is None:
        return _EMPTY_BYTES
    account = standing.account
    texts = (account.firstname, account.lastname, account.email, account.account_status)
    return _EMPTY_BYTES + sum(map(sys.getsizeof, texts))


_EMPTY_BYTES = 800
