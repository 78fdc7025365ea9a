"""How a user ends sessions: this one, one of them, all of them (RFC 7009 in spirit).

Asks nothing of the account: whoever has a token may give it back, barred or not.
"""

from uuid import UUID

from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.origin import Origin
from getme_server.accounts.refresh_token import RefreshToken, read_refresh_token
from getme_server.accounts.session_tokens import SessionRevocations
from getme_server.accounts.sessions import Sessions
from getme_server.bearer import Bearer
from getme_server.deadline import Deadline
from getme_server.errors import TokenInvalid, TokenMissing


class SignOut:
    """Ends sessions for their users."""

    def __init__(
        self,
        sessions: Sessions,
        revocations: SessionRevocations,
        limits: AttemptLimits,
        audit: Audit,
    ) -> None:
        self._limits = limits
        self._sessions = sessions
        self._revocations = revocations
        self._audit = audit

    def this(self, bearer: Bearer, refresh_token: str, origin: Origin, deadline: Deadline) -> None:
        """Ends the session of a refresh token, else that of the access token, else that token.

        Any refresh token of the session will do. Raises TokenInvalid where it is none of the
        caller's, StoreUnavailable, CallAbandoned.
        """
        if refresh_token:
            token = read_refresh_token(refresh_token)
            if token.user_id != bearer.user_id:
                raise TokenInvalid("the refresh token is of another user")
            self._end_of(token, origin, deadline)
            return
        session_id = _session_of(bearer)
        if session_id is None:  # issued by another service, or by hand
            self._revocations.revoke_one(bearer, deadline)
            self._record(Action.TOKENS_REVOKED, bearer.user_id, origin)
            return
        self._sessions.end(bearer.user_id, [session_id], deadline)
        self._record(Action.SESSION_ENDED, bearer.user_id, origin, session_id=str(session_id))

    def by_refresh_token(self, refresh_token: str, origin: Origin, deadline: Deadline) -> None:
        """Ends the session of a refresh token for who has no access token any more.

        Any refresh token of the session will do, also of one that has ended. Raises TokenMissing
        where there is none, TokenInvalid where it is of no session, RateLimited, StoreUnavailable.
        """
        if not refresh_token:
            raise TokenMissing("authorization: Bearer <token>, or a refresh_token")
        self._end_of(read_refresh_token(refresh_token), origin, deadline)

    def one(self, bearer: Bearer, session_id: UUID, origin: Origin, deadline: Deadline) -> None:
        """Ends a session that the caller has. Raises SessionNotFound, StoreUnavailable."""
        self._sessions.end_own(bearer.user_id, session_id, deadline)
        self._record(Action.SESSION_ENDED, bearer.user_id, origin, session_id=str(session_id))

    def everywhere(self, bearer: Bearer, origin: Origin, deadline: Deadline) -> None:
        """Ends all sessions and takes back all tokens. Raises StoreUnavailable.

        By the moment, for tokens that belong to none; after it by their IDs, because a session of
        another server may have begun "later" by its clock. A caller who is cut off between the two
        learns by the first that it was done, and has lost nothing but a session that began on
        another server within the difference of two clocks.
        """
        self._revocations.revoke_all_of(bearer.user_id, deadline)
        self._sessions.end_all(bearer.user_id, deadline)
        self._record(Action.ALL_SESSIONS_ENDED, bearer.user_id, origin)

    def _end_of(self, token: RefreshToken, origin: Origin, deadline: Deadline) -> None:
        """Ends a refresh token's session. Raises TokenInvalid if there is none, RateLimited."""
        self._limits.take(Attempt.REFRESH, address=origin.address)
        # Nothing is written for a token that somebody has made up.
        if not self._sessions.is_known(token.user_id, token.session_id, deadline):
            if self._revocations.has_ended(token.user_id, token.session_id, deadline):
                return
            raise TokenInvalid("its session is not there, or has long expired")
        self._sessions.end(token.user_id, [token.session_id], deadline)
        self._record(Action.SESSION_ENDED, token.user_id, origin, session_id=str(token.session_id))

    def _record(self, action: Action, user_id: UUID, origin: Origin, **facts: str) -> None:
        self._audit.record(action, by=str(user_id), user_id=user_id, origin=origin, **facts)


def _session_of(bearer: Bearer) -> UUID | None:
    """The session of an access token, if it is one of ours."""
    try:
        session_id = UUID(bearer.session_id)
    except ValueError:
        return None
    # Another service's sid may look like a UUID in another spelling; ours has one.
    return session_id if str(session_id) == bearer.session_id else None
