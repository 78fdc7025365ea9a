"""Ends all that lets a user in now; what a later sign-in begins is not touched."""

from typing import Protocol
from uuid import UUID

from getme_server.deadline import Deadline


class UserSessions(Protocol):
    """The sessions of users."""

    def end_all(self, user_id: UUID, deadline: Deadline) -> None:
        """Ends each session that a user has: all its tokens, past and future."""
        ...


class UserTokens(Protocol):
    """The tokens that users were issued."""

    def revoke_all_of(self, user_id: UUID, deadline: Deadline) -> float:
        """Takes back all tokens that a user was issued before now; that moment, since 1970."""
        ...


class Expulsion:
    """Takes tokens back and ends sessions."""

    def __init__(self, sessions: UserSessions, tokens: UserTokens) -> None:
        self._sessions = sessions
        self._tokens = tokens

    def expel(self, user_id: UUID, deadline: Deadline) -> float:
        """The moment before which all tokens of the user are refused now, seconds since 1970.

        By the moment, for tokens that belong to no session; after it by the IDs of the sessions,
        which also ends what a refresh is handing out right now, and compares no clocks. A session
        that begins between the two is ended as well. Raises StoreUnavailable, CallAbandoned: then
        part of it may be done, and it may be done again.
        """
        moment = self._tokens.revoke_all_of(user_id, deadline)
        self._sessions.end_all(user_id, deadline)
        return moment
