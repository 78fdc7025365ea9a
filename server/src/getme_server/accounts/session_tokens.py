"""What the rules of sessions ask of tokens."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from getme_server.accounts.refresh_token import RefreshToken
from getme_server.accounts.session import Session
from getme_server.bearer import AccessToken, Bearer
from getme_server.deadline import Deadline


class TokenPair(NamedTuple):
    """What a sign-in or a refresh hands out."""

    access: AccessToken
    refresh: RefreshToken


class AccessTokens(Protocol):
    """Makes access tokens."""

    def issue(self, user_id: UUID, roles: tuple[str, ...], session_id: UUID) -> AccessToken:
        """An access token of a session, good from now."""
        ...


class SessionRevocations(Protocol):
    """Ends sessions and takes tokens back.

    Every method raises StoreUnavailable and CallAbandoned; after that it may have been done.
    """

    def end(self, user_id: UUID, session_ids: Sequence[UUID], deadline: Deadline) -> None:
        """Ends sessions for good: all their tokens, past and future, are revoked, in one write."""
        ...

    def ended(
        self, user_id: UUID, sessions: Sequence[Session], deadline: Deadline
    ) -> frozenset[UUID]:
        """Those of a user's sessions that were ended, or all of whose tokens were revoked."""
        ...

    def has_ended(self, user_id: UUID, session_id: UUID, deadline: Deadline) -> bool:
        """Whether a session was ended of which nothing else is known."""
        ...

    def revoke_one(self, bearer: Bearer, deadline: Deadline) -> None:
        """Takes back the token that a caller has shown, for as long as it would have lived."""
        ...

    def revoke_all_of(self, user_id: UUID, deadline: Deadline) -> float:
        """Takes back all tokens that a user was issued until now; the moment, since 1970.

        That ends all sessions that began before, too.
        """
        ...
