"""The next pair of tokens for a refresh token, once (RFC 9700 section 4.14.2).

    the token is            and then
    the present one         it is replaced by its successor: one conditional write
    the one before          within GRACE_SECONDS of that: its successor again; later: reuse
    an older one            reuse
    none of the session's   it is no token

Reuse ends the session: of the two who held the token one has stolen it, and nobody knows which.
In the time of grace that cannot be told from two tabs of a browser, or from a client that asks
again because the answer was lost.
"""

import hmac
from collections.abc import Callable
from uuid import UUID

from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.current_user import CurrentUser, CurrentUserRule
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.origin import Origin
from getme_server.accounts.refresh_token import SALT_BYTES, RefreshToken, read_refresh_token
from getme_server.accounts.session import Session
from getme_server.accounts.session_store import SessionStore
from getme_server.accounts.session_tokens import AccessTokens, SessionRevocations, TokenPair
from getme_server.accounts.sessions import Sessions
from getme_server.accounts.turns import Turns
from getme_server.deadline import Deadline
from getme_server.errors import TokenExpired, TokenInvalid, TokenRevoked

GRACE_SECONDS = 10.0
# Each try that is lost was won by another refresh of the same session, which makes the token that
# is at hand the one before.
_TRIES = 3


class Refresh:
    """Replaces refresh tokens. wall_clock: seconds since 1970. random: that many bytes."""

    def __init__(  # noqa: PLR0913  # each is a part that a refresh asks
        self,
        *,
        store: SessionStore,
        sessions: Sessions,
        revocations: SessionRevocations,
        access_tokens: AccessTokens,
        current_user: CurrentUserRule,
        limits: AttemptLimits,
        audit: Audit,
        wall_clock: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._revocations = revocations
        self._access_tokens = access_tokens
        self._current_user = current_user
        self._limits = limits
        self._audit = audit
        self._wall_clock = wall_clock
        self._random = random
        self._turns = Turns()

    def refresh(self, text: str, origin: Origin, deadline: Deadline) -> TokenPair:
        """The next pair of tokens.

        Raises TokenInvalid, TokenExpired, TokenRevoked, RateLimited, what CurrentUserRule raises
        of the account, StoreUnavailable (the same token may be used again), CallAbandoned.
        """
        token = read_refresh_token(text)
        self._limits.take(Attempt.REFRESH, address=origin.address)
        for _ in range(_TRIES):
            session = self._session(token, deadline)
            if _is_present(token, session):
                current = self._may(token.user_id, deadline)
                successor = self._replaced_in_turn(token, session, origin, deadline)
                if successor is not None:
                    return self._pair(current, successor)
            elif self._is_in_grace(token, session):
                current = self._may(token.user_id, deadline)
                return self._pair(current, token.successor(session.salt))
            else:
                self._end_reused(token, origin, deadline)
        raise StoreUnavailable("other refreshes of the same session were faster, again and again")

    def _session(self, token: RefreshToken, deadline: Deadline) -> Session:
        """The session of a token, which has not ended; its secret was not looked at."""
        session = self._store.session(token.user_id, token.session_id, deadline)
        if session is None:
            if self._revocations.has_ended(token.user_id, token.session_id, deadline):
                raise TokenRevoked
            raise TokenInvalid("its session is not there, or has long expired")
        if self._revocations.ended(token.user_id, [session], deadline):
            raise TokenRevoked
        if self._sessions.expires(session) <= self._wall_clock():
            raise TokenExpired
        return session

    def _may(self, user_id: UUID, deadline: Deadline) -> CurrentUser:
        """The user, who may have been barred since. Fresh: a lock counts from its first moment."""
        return self._current_user.current(user_id, (), deadline, max_staleness_seconds=0)

    def _replaced_in_turn(
        self, token: RefreshToken, session: Session, origin: Origin, deadline: Deadline
    ) -> RefreshToken | None:
        """The successor; None where another one was faster.

        Only who has the present token waits for a turn: nobody else can hold up its owner.
        """
        with self._turns.turn(token.session_id, deadline) as waited:
            if waited:  # somebody else had the turn before
                session = self._session(token, deadline)
            if not _is_present(token, session):
                return None
            return self._replaced(token, session, origin, deadline)

    def _replaced(
        self, token: RefreshToken, session: Session, origin: Origin, deadline: Deadline
    ) -> RefreshToken | None:
        """The successor, once the store has it; None where another one was faster."""
        salt = self._random(SALT_BYTES)
        successor = token.successor(salt)
        renewed = session._replace(
            last_used=self._wall_clock(),
            address=origin.address,
            user_agent=origin.user_agent,
            generation=session.generation + 1,
            secret_hash=successor.secret_hash,
            previous_hash=session.secret_hash,
            salt=salt,
        )
        replaced = self._store.replace(renewed, generation=session.generation, deadline=deadline)
        return successor if replaced else None

    def _is_in_grace(self, token: RefreshToken, session: Session) -> bool:
        """Whether it is the token before the present one, and was replaced a moment ago.

        That moment is another server's where another one replaced it: their clocks may differ by
        a part of the time of grace.
        """
        return (
            hmac.compare_digest(token.secret_hash, session.previous_hash)
            and self._wall_clock() - session.last_used <= GRACE_SECONDS
        )

    def _end_reused(self, token: RefreshToken, origin: Origin, deadline: Deadline) -> None:
        self._sessions.end(token.user_id, [token.session_id], deadline)
        self._audit.record(
            Action.REFRESH_TOKEN_REUSED,
            by="unknown",
            user_id=token.user_id,
            origin=origin,
            session_id=str(token.session_id),
        )
        raise TokenRevoked

    def _pair(self, current: CurrentUser, token: RefreshToken) -> TokenPair:
        access = self._access_tokens.issue(current.account.user_id, current.roles, token.session_id)
        return TokenPair(access, token)


def _is_present(token: RefreshToken, session: Session) -> bool:
    return hmac.compare_digest(token.secret_hash, session.secret_hash)
