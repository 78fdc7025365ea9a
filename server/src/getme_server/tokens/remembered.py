"""Remembers tokens that were verified, until they expire, are revoked, or their key is gone.

Keyed by the whole token, never a part of it (CVE-2026-35030: a key of its first characters was
everybody's header). Failures are not remembered, except that a remembered token has ended. Two
plain dicts that take turns, because a hit is on the path of every call: cachetools.LRUCache needs
a lock around each look-up and reorders on each, 1.6 us against 0.1 us for a dict.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from getme_server.deadline import CallLifetime
from getme_server.errors import TokenExpired, TokenInvalid, TokenRevoked
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.revocation_check import NEVER_LOOKED, RevocationCheck
from getme_server.tokens.verifier import Verifier

DEFAULT_CAPACITY = 50_000
# Longer ones are verified each time. A full memory of the longest takes half a gigabyte; of usual
# ones, a tenth of that.
MAX_REMEMBERED_BYTES = 2_048
_OVERHEAD_BYTES = 900  # what holds a token and its claims in CPython, measured
# The wall clock says when a token expires; the monotonic one, which nobody can set, only that it
# must have, whatever the wall clock says by then.
_CLOCK_STEP_SECONDS = 1.0


@dataclass(slots=True)
class _Known:
    """A token that was good once.

    ends: when it must have expired, on the monotonic clock. position: the place in the log of
    revocations up to which it is known not to be revoked. ended: what it is refused with from
    now on, whatever clock or store say later.
    """

    claims: AccessClaims
    ends: float
    position: int = NEVER_LOOKED
    ended: type[TokenExpired | TokenRevoked] | None = None


@dataclass(slots=True)
class _Memory:
    """Tokens that were verified with one key set. in_both: how many of the old are young again."""

    keys: KeySet
    young: dict[str, _Known] = field(default_factory=dict)
    old: dict[str, _Known] = field(default_factory=dict)
    young_bytes: int = 0
    old_bytes: int = 0
    in_both: int = 0


class RememberingVerifier:
    """Verifies a token the first time; from then on looks at times and revocations only.

    monotonic: seconds, never set back. capacity: how many tokens are remembered at least before
    the oldest are forgotten; at most twice as many are held.

    hits: tokens that were found. misses: those that had to be verified. Both, and what is held, may
    miss a few where many threads count at once: a lock would cost each call more than it tells.
    """

    def __init__(
        self,
        verifier: Verifier,
        keys: KeyRing,
        revocations: RevocationCheck,
        *,
        monotonic: Callable[[], float],
        capacity: int = DEFAULT_CAPACITY,
    ) -> None:
        self._verifier = verifier
        self._leeway_seconds = verifier.policy.leeway_seconds
        self._keys = keys
        self._revocations = revocations
        self._monotonic = monotonic
        self._capacity = capacity
        self._memory = _Memory(keys.current)
        self.hits = 0
        self.misses = 0

    def verify(self, token: str, *, now: float, lifetime: CallLifetime) -> AccessClaims:
        """Claims of a valid access token. lifetime: the call that waits.

        Raises TokenExpired, TokenRevoked or TokenInvalid; StoreUnavailable, DeadlinePassed and
        CallAbandoned where the store had to be asked.
        """
        memory = self._memory
        if memory.keys is not self._keys.current:  # what a retired key has signed is forgotten
            memory = self._memory = _Memory(self._keys.current)
        moment = self._monotonic()
        known = memory.young.get(token)
        if known is None:
            known = memory.old.get(token)
            if known is None:
                self.misses += 1
                known = self._first(token, memory.keys, now, moment)
            else:
                self.hits += 1
            self._look(known, now, moment, lifetime)
            self._remember(memory, token, known)
        else:
            self.hits += 1
            self._look(known, now, moment, lifetime)
        if known.ended is not None:
            raise known.ended
        return known.claims

    @property
    def entries(self) -> int:
        """How many tokens are remembered."""
        memory = self._memory
        return len(memory.young) + len(memory.old) - memory.in_both

    @property
    def bytes(self) -> int:
        """Roughly how many bytes they take."""
        memory = self._memory
        return memory.young_bytes + memory.old_bytes

    def _first(self, token: str, keys: KeySet, now: float, moment: float) -> _Known:
        claims = self._verifier.verify(token, keys, now=now)
        life = claims.expires - now + self._leeway_seconds
        return _Known(claims, moment + life + _CLOCK_STEP_SECONDS)

    def _look(self, known: _Known, now: float, moment: float, lifetime: CallLifetime) -> None:
        """Whether it is still good. Raises what says that it is not now, and may be later."""
        claims = known.claims
        if known.ended is not None:
            return
        if claims.expires <= now - self._leeway_seconds or known.ends <= moment:
            known.ended = TokenExpired
        elif claims.not_before > now + self._leeway_seconds:
            raise TokenInvalid("its nbf is in the future")
        else:
            try:
                known.position = self._revocations.require_not_revoked(
                    claims, known.position, at=moment, lifetime=lifetime
                )
            except TokenRevoked:
                known.ended = TokenRevoked

    def _remember(self, memory: _Memory, token: str, known: _Known) -> None:
        if len(token) > MAX_REMEMBERED_BYTES:
            return
        if len(memory.young) >= self._capacity:
            # Two threads that come here at once forget a few tokens too many; they are verified
            # again and nothing else happens.
            memory.old, memory.young = memory.young, {}
            memory.old_bytes, memory.young_bytes = memory.young_bytes, 0
            memory.in_both = 0
        memory.young[token] = known
        weight = len(token) + _OVERHEAD_BYTES
        memory.young_bytes += weight
        if token in memory.old:  # not taken out: who looks for it right now finds it in one of them
            memory.in_both += 1
            memory.old_bytes -= weight
