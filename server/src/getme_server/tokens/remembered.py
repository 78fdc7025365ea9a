"""Remembers tokens that were verified, until they expire.

Keyed by the whole token, never a part of it (CVE-2026-35030: a key of its first characters was
everybody's header). Failures are not remembered. Two plain dicts that take turns, because a
hit is on the path of every call: cachetools.LRUCache needs a lock around each look-up and
reorders on each, 1.6 us against 0.1 us for a dict.
"""

from typing import Protocol

from getme_server.errors import TokenInvalid
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.errors import TokenExpired

DEFAULT_CAPACITY = 50_000
# Longer ones are verified each time: a full memory of the longest would take 800 MB.
MAX_REMEMBERED_BYTES = 2_048


class TokenVerifier(Protocol):
    """Decides whether a token is good at a given moment."""

    def verify(self, token: str, *, now: float) -> AccessClaims:
        """Claims of a valid access token. Raises TokenExpired or TokenInvalid."""
        ...


class RememberingVerifier:
    """Verifies a token the first time, and from then on only looks at its times.

    capacity: how many tokens are remembered at least before the oldest are forgotten; at most
    twice as many are held.
    """

    def __init__(
        self, verifier: TokenVerifier, *, leeway_seconds: float, capacity: int = DEFAULT_CAPACITY
    ) -> None:
        self._verifier = verifier
        self._leeway_seconds = leeway_seconds
        self._capacity = capacity
        self._young: dict[str, AccessClaims] = {}
        self._old: dict[str, AccessClaims] = {}

    def verify(self, token: str, *, now: float) -> AccessClaims:
        """Claims of a valid access token. Raises TokenExpired or TokenInvalid."""
        claims = self._young.get(token)
        if claims is None:
            claims = self._old.get(token) or self._verifier.verify(token, now=now)
            self._remember(token, claims)
        if claims.expires <= now - self._leeway_seconds:
            raise TokenExpired
        if claims.not_before > now + self._leeway_seconds:
            raise TokenInvalid("its nbf is in the future")
        return claims

    def _remember(self, token: str, claims: AccessClaims) -> None:
        if len(token) > MAX_REMEMBERED_BYTES:
            return
        if len(self._young) >= self._capacity:
            # Two threads that come here at once forget a few tokens too many; they are verified
            # again and nothing else happens.
            self._old, self._young = self._young, {}
        self._young[token] = claims
