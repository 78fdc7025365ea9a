"""Sessions: how they begin, who has which, and how they end.

That a session was ended is one revocation, under its ID. It is decided by that write alone, so
that no refresh that is under way at the same moment can outrun it: what such a refresh hands out
belongs to the same session and is revoked with it. Removing the row comes after it and tidies up.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from getme_server.accounts.errors import SessionNotFound, StoreUnavailable
from getme_server.accounts.origin import Origin
from getme_server.accounts.refresh_token import FAMILY_BYTES, SECRET_BYTES, RefreshToken
from getme_server.accounts.session import Session
from getme_server.accounts.session_store import SessionStore
from getme_server.accounts.session_tokens import SessionRevocations
from getme_server.deadline import Deadline

MAX_SESSIONS = 200  # of one user; a sign-in beyond it ends the one that was used longest ago


class SessionLives(NamedTuple):
    """How long sessions live, in seconds (OWASP ASVS 5.0, 7.3.1 and 7.3.2).

    idle: after the last use. longest: from the beginning, however they are used.
    """

    idle: float
    longest: float


class Sessions:
    """The sessions of all users. wall_clock: seconds since 1970. random: that many bytes."""

    def __init__(
        self,
        store: SessionStore,
        revocations: SessionRevocations,
        lives: SessionLives,
        *,
        wall_clock: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._revocations = revocations
        self._lives = lives
        self._wall_clock = wall_clock
        self._random = random

    def begin(self, user_id: UUID, origin: Origin, deadline: Deadline) -> RefreshToken:
        """The first refresh token of a new session. Raises StoreUnavailable, CallAbandoned."""
        self._make_room(user_id, deadline)
        token = RefreshToken(user_id, self._random(FAMILY_BYTES), self._random(SECRET_BYTES))
        now = self._wall_clock()
        session = Session(
            user_id=user_id,
            session_id=token.session_id,
            created=now,
            ends=now + self._lives.longest,
            last_used=now,
            address=origin.address,
            user_agent=origin.user_agent,
            generation=0,
            secret_hash=token.secret_hash,
            previous_hash=b"",
            salt=b"",
        )
        self._store.add(session, deadline)
        return token

    def of(self, user_id: UUID, deadline: Deadline) -> list[Session]:
        """The sessions of a user that have not ended, the one used last first."""
        now = self._wall_clock()
        kept = self._store.sessions_of(user_id, deadline)
        alive = [session for session in kept if self.expires(session) > now]
        if alive:
            ended = self._revocations.ended(user_id, alive, deadline)
            alive = [session for session in alive if session.session_id not in ended]
        return sorted(alive, key=lambda session: session.last_used, reverse=True)

    def is_known(self, user_id: UUID, session_id: UUID, deadline: Deadline) -> bool:
        """Whether there was ever such a session, so far as the store still has it."""
        return self._store.session(user_id, session_id, deadline) is not None

    def expires(self, session: Session) -> float:
        """When a session ends by itself, if it is not used again; seconds since 1970."""
        return min(session.ends, session.last_used + self._lives.idle)

    def end(self, user_id: UUID, session_ids: Sequence[UUID], deadline: Deadline) -> None:
        """Ends sessions, known or not. Raises StoreUnavailable, after which they may have ended."""
        if not session_ids:
            return
        self._revocations.end(user_id, session_ids, deadline)
        with suppress(StoreUnavailable):  # they have ended; their rows do not count any more
            self._store.remove(user_id, session_ids, deadline)

    def end_own(self, user_id: UUID, session_id: UUID, deadline: Deadline) -> None:
        """Ends a session that the user has. Raises SessionNotFound, StoreUnavailable."""
        if session_id not in {session.session_id for session in self.of(user_id, deadline)}:
            raise SessionNotFound
        self.end(user_id, [session_id], deadline)

    def end_all(self, user_id: UUID, deadline: Deadline, *, but: str = "") -> None:
        """Ends all sessions of a user. but: the ID of one that goes on. Raises StoreUnavailable."""
        kept = self._store.sessions_of(user_id, deadline)
        ids = [session.session_id for session in kept if str(session.session_id) != but]
        self.end(user_id, ids, deadline)

    def forget_all(self, user_id: UUID, deadline: Deadline) -> None:
        """Removes all sessions of a user who is about to be gone. Raises StoreUnavailable.

        They are not ended: a token of nobody is answered TOKEN_INVALID, and not that it was
        revoked, which would tell that there was somebody.
        """
        kept = self._store.sessions_of(user_id, deadline)
        self._store.remove(user_id, [session.session_id for session in kept], deadline)

    def _make_room(self, user_id: UUID, deadline: Deadline) -> None:
        """Ends what was used longest ago, where a user has very many sessions.

        It is a program that does not refresh, or somebody's attack on the store.
        """
        kept = self._store.sessions_of(user_id, deadline)
        if len(kept) >= MAX_SESSIONS:
            oldest_first = sorted(kept, key=lambda session: session.last_used)
            surplus = oldest_first[: len(kept) - MAX_SESSIONS + 1]
            self.end(user_id, [session.session_id for session in surplus], deadline)
