"""The log of changes that a store keeps: of whom something has changed that answers depend on.

    through getme                                             its entry is in the log
    names, status, lock, sign-in date, deletion; tokens and   before the call that changes it
    sessions taken back                                       is answered

Processes that remember answers follow the log (`freshness`). A store that cannot write a change and
its entry as one writes the entry first: who sees it remembers nothing of that user for
quiet_seconds, by when the change is written, or announced again.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol
from uuid import UUID

from getme_server.deadline import Deadline

LOG_SECONDS = 3_600  # entries that are older may be gone

# Called with a user of whom this process has changed something, before anybody is told of it, also
# where it is not known whether it has.
OnChange = Callable[[UUID], None]


class Change(NamedTuple):
    """Something has changed of a user. position: its place in the log."""

    position: int
    user_id: UUID


class LogHead(NamedTuple):
    """Where a log ends. log_id: differs for logs whose positions cannot be compared.

    position: that of the newest entry, 0 where there was never one.
    """

    log_id: str
    position: int


class ChangeLog(Protocol):
    """A log whose positions rise by one, without a hole.

    Every method raises StoreUnavailable, DeadlinePassed and CallAbandoned as AccountStore's do.
    """

    @property
    def quiet_seconds(self) -> float:
        """How long after an entry was seen the change that it tells of may not be written yet."""
        ...

    def head(self, deadline: Deadline) -> LogHead:
        """Where the log ends now."""
        ...

    def after(self, position: int, deadline: Deadline) -> list[Change]:
        """The entries after a position, oldest first; those older than LOG_SECONDS may be gone."""
        ...
