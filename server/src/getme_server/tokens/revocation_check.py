"""Whether a token was revoked: from the feed where that is certain, else from the store.

Costs no read for a token that was looked at before, while the feed vouches that nothing has
changed for its user since.
"""

from getme_server.deadline import CallLifetime, of_call
from getme_server.errors import TokenRevoked
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.revocation import ChangeNews, RevocationStore, is_revoked

NEVER_LOOKED = -1  # before the first place in the log, so that the store is asked


class RevocationCheck:
    """Looks at tokens.

    longest_life_seconds: as in `is_revoked`. timeout_seconds: how long the store may take, within
    the call's own deadline.
    """

    def __init__(
        self,
        store: RevocationStore,
        news: ChangeNews,
        *,
        longest_life_seconds: float | None,
        timeout_seconds: float,
    ) -> None:
        self._store = store
        self._news = news
        self._longest_life_seconds = longest_life_seconds
        self._timeout_seconds = timeout_seconds

    def require_not_revoked(
        self, claims: AccessClaims, position: int, *, at: float, lifetime: CallLifetime
    ) -> int:
        """The place in the log up to which the token is now known to be good.

        position: what this answered last time, or NEVER_LOOKED. at: the present moment on the
        monotonic clock. lifetime: the call that waits.

        Raises TokenRevoked, and StoreUnavailable, DeadlinePassed, CallAbandoned.
        """
        if position != NEVER_LOOKED and self._news.covers(claims.user_id, position, at=at):
            return position
        position = self._news.position_of(
            claims.user_id
        )  # before the store is read: what comes later is news
        deadline = of_call(lifetime, at_most_seconds=self._timeout_seconds)
        known = self._store.revoked(claims.user_id, claims.revocation_keys, deadline)
        if is_revoked(claims, known, longest_life_seconds=self._longest_life_seconds):
            raise TokenRevoked
        return position
