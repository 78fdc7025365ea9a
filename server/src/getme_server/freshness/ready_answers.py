"""Answers of GetMe as ready-made bytes, by the whole token that they were given for.

A hit needs no verification, no rule, no message: the token was good, the feed vouches that nothing
has changed for its user since (`change_feed`), and it is neither expired nor its key retired. The
key is the whole token, never a part of it (CVE-2026-35030).
"""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from getme.cache import Cache
from getme_server.accounts.standing import Seen
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.revocation import ChangeNews

# Longer tokens are looked at each time.
MAX_TOKEN_BYTES = 2_048
_OVERHEAD_BYTES = 450  # what holds a token and its answer in CPython, measured


class ReadyAnswer(NamedTuple):
    """The bytes of an answer, and for how long they may be used.

    place: where in the log of changes it holds all of them. ends: on the monotonic clock. expires:
    when its token does, seconds since 1970. keys: those that its token was verified with.
    """

    answer: bytes
    user_id: UUID
    place: int
    ends: float
    expires: float
    keys: KeySet


class ReadyAnswers:
    """Remembers answers within max_bytes. monotonic, wall_clock: seconds."""

    def __init__(
        self,
        news: ChangeNews,
        keys: KeyRing,
        *,
        max_bytes: int,
        monotonic: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self.memory: Cache[str, ReadyAnswer] = Cache(max_bytes, _weight)
        self._news = news
        self._keys = keys
        self._monotonic = monotonic
        self._wall_clock = wall_clock

    def get(self, token: str) -> ReadyAnswer | None:
        """The answer for a token, where it may be used now."""
        ready = self.memory.get(token)
        if ready is None:
            return None
        _, user_id, place, ends, expires, keys = ready
        now = self._monotonic()
        if (
            now < ends
            and self._news.covers(user_id, place, at=now)
            and self._wall_clock() < expires
            and keys is self._keys.current
        ):
            return ready
        return None

    @property
    def keys(self) -> KeySet:
        """Those that tokens are verified with now."""
        return self._keys.current

    def keep(  # noqa: PLR0913  # all that decides how long it counts
        self,
        token: str,
        answer: bytes,
        *,
        claims: AccessClaims,
        seen: Seen,
        place: int,
        keys: KeySet,
    ) -> None:
        """Remembers an answer that was given.

        seen: when its user was read. place: up to where all changes were known before its token
        and its user were looked at. keys: those of that moment.
        """
        left = claims.expires - self._wall_clock()
        if len(token) <= MAX_TOKEN_BYTES:
            ends = min(seen.ends, self._monotonic() + left)
            ready = ReadyAnswer(answer, claims.user_id, place, ends, claims.expires, keys)
            self.memory.put(token, ready)


def _weight(token: str, ready: ReadyAnswer) -> int:
    return len(token) + len(ready.answer) + _OVERHEAD_BYTES
