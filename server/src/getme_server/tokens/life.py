"""When a token is good: between which moments, and for how long at most (RFC 7519 section 4.1).

Holds no clock: the moment is passed in. Where the numbers come from is told by `claim_rules`.
"""

from typing import NamedTuple

from getme_server.errors import TokenExpired, TokenInvalid
from getme_server.tokens.policy import TokenPolicy

# How far the clock of who has issued a token may be ahead in any case. The servers of one platform
# are in step to some milliseconds; who signs in at one and is refused by the next is signed out.
ISSUED_AHEAD_SECONDS = 1.0


class Life(NamedTuple):
    """The moments that a token names, seconds since 1970.

    not_before: 0 where it names none. issued: None likewise.
    """

    not_before: float
    expires: float
    issued: float | None


def require_not_expired(expires: float, policy: TokenPolicy, now: float) -> None:
    """Raises TokenExpired if exp is leeway or more before now (RFC 7519 section 4.1.4)."""
    if expires <= now - policy.leeway_seconds:
        raise TokenExpired


def require_begun(not_before: float, issued: float | None, policy: TokenPolicy, now: float) -> None:
    """Raises TokenInvalid if nbf is more than leeway in the future, or iat a second more.

    RFC 7519 section 4.1.6 has nobody refuse an iat; one far ahead is a wrong clock or a lie.
    """
    latest = now + policy.leeway_seconds
    if not_before > latest:
        raise TokenInvalid("its nbf is in the future")
    if issued is not None and issued > latest + ISSUED_AHEAD_SECONDS:
        raise TokenInvalid("its iat is in the future")


def require_bounded(expires: float, issued: float | None, policy: TokenPolicy, now: float) -> None:
    """Raises TokenInvalid if it lives longer than any token may."""
    longest = policy.longest_life_seconds
    if longest is not None:
        begun = now + policy.leeway_seconds if issued is None else min(issued, now)
        if expires - begun > longest:
            raise TokenInvalid("it lives longer than GETME_TOKEN_MAX_TTL")
