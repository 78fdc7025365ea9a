"""Ends sessions, by revocations (the protocol SessionRevocations of `accounts.session_tokens`).

A session is ended by revoking its ID: one write, however many tokens it has had, and it counts for
those that it gets from a refresh that is under way. Kept until the last of them would have ended.
"""

from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import Protocol
from uuid import UUID

from getme_server.bearer import Bearer
from getme_server.deadline import Deadline
from getme_server.tokens.claim_rules import session_revocation_key
from getme_server.tokens.revocation import KEEP_MARGIN_SECONDS, RevocationStore
from getme_server.tokens.revoker import TokenRevoker

# What is taken back.
TOKEN, SESSION, USER = "token", "session", "user"


class Session(Protocol):
    """What is asked of a session here."""

    @property
    def session_id(self) -> UUID:
        """Its ID."""
        ...

    @property
    def created(self) -> float:
        """When it began, seconds since 1970."""
        ...


class SessionRevoker:
    """Ends sessions and takes tokens back.

    longest_seconds: from the beginning of any session to the end of its last token.
    """

    def __init__(
        self, revocations: RevocationStore, revoker: TokenRevoker, *, longest_seconds: float
    ) -> None:
        self._revocations = revocations
        self._revoker = revoker
        self._keep_seconds = longest_seconds + KEEP_MARGIN_SECONDS
        self._counts: Counter[str] = Counter()
        self._mutex = Lock()

    def counted(self) -> Counter[str]:
        """How often a TOKEN, a SESSION, or all that a USER has was taken back."""
        with self._mutex:
            return self._counts.copy()

    def end(self, user_id: UUID, session_ids: Sequence[UUID], deadline: Deadline) -> None:
        """Ends sessions for good. Raises StoreUnavailable, CallAbandoned."""
        keys = [session_revocation_key(str(session_id)) for session_id in session_ids]
        self._revocations.revoke_tokens(user_id, keys, deadline, keep_seconds=self._keep_seconds)
        self._count(SESSION, len(keys))

    def ended(
        self, user_id: UUID, sessions: Sequence[Session], deadline: Deadline
    ) -> frozenset[UUID]:
        """Those that were ended, or began before all tokens of the user were revoked."""
        keys = {each.session_id: session_revocation_key(str(each.session_id)) for each in sessions}
        known = self._revocations.revoked(user_id, list(keys.values()), deadline)
        before = known.issued_before
        return frozenset(
            each.session_id
            for each in sessions
            if keys[each.session_id] in known.keys or (before is not None and each.created < before)
        )

    def has_ended(self, user_id: UUID, session_id: UUID, deadline: Deadline) -> bool:
        """Whether it was ended under its ID."""
        key = session_revocation_key(str(session_id))
        return bool(self._revocations.revoked(user_id, [key], deadline).keys)

    def revoke_one(self, bearer: Bearer, deadline: Deadline) -> None:
        """Takes back one token. Raises StoreUnavailable, CallAbandoned."""
        self._revoker.revoke(bearer, deadline)
        self._count(TOKEN)

    def revoke_all_of(self, user_id: UUID, deadline: Deadline) -> float:
        """Takes back all tokens issued until now, and so ends all sessions; that moment."""
        moment = self._revoker.revoke_all_of(user_id, deadline)
        self._count(USER)
        return moment

    def _count(self, what: str, times: int = 1) -> None:
        with self._mutex:
            self._counts[what] += times
