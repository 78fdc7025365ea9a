"""Which tokens were taken back: the rule, and what it asks of a store and of a feed.

One token is named by its revocation key, all tokens of a session by that of the session (both are
`AccessClaims.revocation_keys`), all tokens of a user by the moment before which they were issued.
Nothing here compares clocks of different machines except a token's own `iat` with that moment,
which is all that a token tells of its age.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from getme_server.deadline import Deadline
from getme_server.tokens.claims import AccessClaims

# Kept longer than the token lives, so that a clock set forward and back again revives nothing.
KEEP_MARGIN_SECONDS = 86_400


class Revoked(NamedTuple):
    """What a store knows of the tokens that it was asked about.

    keys: those revocation keys that were revoked. issued_before: the moment before which all
    tokens of the user are revoked, seconds since 1970; None where there is none.
    """

    keys: frozenset[bytes]
    issued_before: float | None


class RevocationStore(Protocol):
    """Keeps revocations, and tells of them in the log of changes (`change_log`).

    Every method raises StoreUnavailable, DeadlinePassed and CallAbandoned as AccountStore's do; a
    revocation that raised may have been made or not, and can be made again.
    """

    def revoke_tokens(
        self,
        user_id: UUID,
        revocation_keys: Sequence[bytes],
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """Takes back what each of the keys names. At most a few hundred keys.

        keep_seconds: how long it is remembered at least; None: always.
        """
        ...

    def revoke_user_tokens(
        self,
        user_id: UUID,
        issued_before: float,
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """Takes back all tokens of a user that were issued before a moment (seconds since 1970).

        Of two moments the later one counts, whichever comes last.
        """
        ...

    def revoked(
        self, user_id: UUID, revocation_keys: Sequence[bytes], deadline: Deadline
    ) -> Revoked:
        """What is known of the keys and of the user, in one read."""
        ...


class ChangeNews(Protocol):
    """What this process knows of changes without asking the store."""

    def position_of(self, user_id: UUID) -> int:
        """Up to which place in the log of changes what is asked from now on will hold them all.

        -1 where nothing that is asked about the user now may be remembered.
        """
        ...

    def covers(self, user_id: UUID, position: int, *, at: float) -> bool:
        """Whether it is certain that nothing of a user has changed after a place in the log.

        False too where nothing is certain, because the log was not read lately. at: the present
        moment on the monotonic clock, seconds.
        """
        ...


def is_revoked(claims: AccessClaims, known: Revoked, *, longest_life_seconds: float | None) -> bool:
    """Whether a token was taken back.

    longest_life_seconds: how long any token lives at most, where that is known. A token without
    `iat` counts as issued that long before it expires; where that is not known either, it may
    have been issued before any moment.
    """
    if known.keys:
        return True
    if known.issued_before is None:
        return False
    if claims.issued is not None:
        # A whole-second iat may stand for any moment of its second: it counts as the earliest.
        return claims.issued < known.issued_before
    if longest_life_seconds is None:
        return True
    return claims.expires - longest_life_seconds < known.issued_before
