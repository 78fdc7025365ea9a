"""What is recorded of changes: who did what to whom, when, and in which call."""

from enum import StrEnum
from typing import Protocol
from uuid import UUID

from getme_server.accounts.origin import Origin


class Action(StrEnum):
    """What was done."""

    REGISTERED = "registered"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    PASSWORD_REFUSED = "password_refused"
    SESSION_ENDED = "session_ended"
    ALL_SESSIONS_ENDED = "all_sessions_ended"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_SET = "password_set"
    PROFILE_CHANGED = "profile_changed"
    DELETED = "deleted"
    STATUS_CHANGED = "status_changed"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    TOKENS_REVOKED = "tokens_revoked"
    USER_FOUND = "user_found"


class Audit(Protocol):
    """Takes records; never an address of e-mail, a password or a token."""

    def record(
        self, action: Action, *, by: str, user_id: UUID | None, origin: Origin, **facts: str
    ) -> None:
        """Records an action. by: a user ID, or the operator. user_id: whom it was done to."""
        ...
