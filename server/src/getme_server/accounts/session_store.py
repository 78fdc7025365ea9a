"""What a store of sessions must do.

Whether a session was ended is not asked here but of the revocations, which outlive its row.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from getme_server.accounts.session import Session
from getme_server.deadline import Deadline


class SessionStore(Protocol):
    """Keeps sessions. Safe for use by many threads and processes at once.

    Every method raises StoreUnavailable, DeadlinePassed and CallAbandoned as AccountStore's do; a
    write that raised may have been made or not.
    """

    def add(self, session: Session, deadline: Deadline) -> None:
        """Keeps a new session, at least until it ends."""
        ...

    def session(self, user_id: UUID, session_id: UUID, deadline: Deadline) -> Session | None:
        """The session as it is now, None where it was removed or has long ended."""
        ...

    def sessions_of(self, user_id: UUID, deadline: Deadline) -> list[Session]:
        """All sessions of a user that were added and not removed, in no order."""
        ...

    def replace(self, session: Session, *, generation: int, deadline: Deadline) -> bool:
        """Stores session in place of the one with its ID, if that one has this generation.

        One conditional write: of several at once, one wins. False where it is gone, or has
        another generation.
        """
        ...

    def remove(self, user_id: UUID, session_ids: Sequence[UUID], deadline: Deadline) -> None:
        """Removes sessions; what is gone already does not matter."""
        ...
