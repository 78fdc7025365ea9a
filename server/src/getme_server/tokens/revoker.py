"""Takes tokens back: one, or all that a user has (RFC 7009 in spirit; see `revocation`)."""

from collections.abc import Callable
from uuid import UUID

from getme_server.bearer import Bearer
from getme_server.deadline import Deadline
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.revocation import KEEP_MARGIN_SECONDS, RevocationStore


class TokenRevoker:
    """Takes tokens back for as long as they would have lived.

    longest_session_seconds: how long any session lives; what is revoked of a user counts for
    sessions too. wall_clock: seconds since 1970.
    """

    def __init__(
        self,
        store: RevocationStore,
        policy: TokenPolicy,
        *,
        longest_session_seconds: float,
        wall_clock: Callable[[], float],
    ) -> None:
        self._longest_session_seconds = longest_session_seconds
        self._store = store
        self._policy = policy
        self._wall_clock = wall_clock

    def revoke(self, bearer: Bearer, deadline: Deadline) -> None:
        """Takes one token back. Raises StoreUnavailable."""
        left = bearer.expires - self._wall_clock() + self._policy.leeway_seconds
        self._store.revoke_tokens(
            bearer.user_id,
            bearer.revocation_keys[:1],
            deadline,
            keep_seconds=max(0, left) + KEEP_MARGIN_SECONDS,
        )

    def revoke_all_of(self, user_id: UUID, deadline: Deadline) -> float:
        """Takes back all tokens of a user that were issued until now; the moment that "now" was.

        Kept for ever unless a longest life of tokens is promised. Raises StoreUnavailable.
        """
        moment = self._wall_clock()
        longest = self._policy.longest_life_seconds
        keep = None
        if longest is not None:
            keep = max(longest, self._longest_session_seconds) + KEEP_MARGIN_SECONDS
        self._store.revoke_user_tokens(user_id, moment, deadline, keep_seconds=keep)
        return moment
