"""The log of changes in SQLite (the protocol of `change_log`).

A change and its entry are one transaction, so that the two are seen at once.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import LOG_SECONDS, Change, LogHead, OnChange
from getme_server.deadline import Deadline
from getme_server.stores.sqlite.connections import Connections, Statement

# So many entries at most are removed by one write, so that none takes long: more than come with
# it, so that what has gathered gets less.
REMOVED_AT_ONCE = 100

_APPEND = "INSERT INTO getme_changes (userid, logged) VALUES (?, ?)"
# Looks at the first entries only, which are the oldest ones but for a clock that was set.
_REMOVE = (
    "DELETE FROM getme_changes WHERE logged < ? AND position IN"
    " (SELECT position FROM getme_changes ORDER BY position LIMIT ?)"
)
_SELECT_HEAD = (
    "SELECT logid, (SELECT seq FROM sqlite_sequence WHERE name = 'getme_changes')"
    " FROM getme_change_log"
)
_SELECT_AFTER = "SELECT position, userid FROM getme_changes WHERE position > ? ORDER BY position"


class SqliteChangeLog:
    """The log in one SQLite file. wall_clock: seconds since 1970."""

    quiet_seconds = 0.0

    def __init__(
        self, connections: Connections, wall_clock: Callable[[], float], on_change: OnChange
    ) -> None:
        self._connections = connections
        self._wall_clock = wall_clock
        self._on_change = on_change

    def write(
        self, statements: Sequence[Statement], user_id: UUID, deadline: Deadline
    ) -> list[int]:
        """Changes something of a user: how many rows each statement has changed.

        Raises StoreUnavailable.
        """
        now = self._wall_clock()
        entry = (
            (_APPEND, (str(user_id), now)),
            (_REMOVE, (now - LOG_SECONDS, REMOVED_AT_ONCE)),
        )
        try:
            changed = self._connections.write((*statements, *entry), deadline)
        finally:
            self._on_change(user_id)
        return changed[: len(statements)]

    def head(self, deadline: Deadline) -> LogHead:
        """Where the log ends. Raises StoreUnavailable."""
        row = self._connections.row(_SELECT_HEAD, (), deadline)
        if row is None:
            raise StoreUnavailable("the log of changes has no name")
        log_id, position = row
        # A copy that was put back has the name of the file before, and the same positions.
        log_id = f"{log_id}-{self._connections.inode():x}"
        return LogHead(log_id, position or 0)

    def after(self, position: int, deadline: Deadline) -> list[Change]:
        """The entries after a position, oldest first. Raises StoreUnavailable."""
        rows = self._connections.rows(_SELECT_AFTER, (position,), deadline)
        return [Change(place, UUID(user_id)) for place, user_id in rows]
