"""The log of changes in Cassandra: one partition whose entries are numbered without a hole.

The row at position 0 counts them, names the log and never expires. An entry and the new count are
one conditional batch
(https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#batch_statement), so that
no two entries get one number, however many processes append. The count is not a static column:
reading one would pass over all expired entries (Cassandra looks for the first row that is there),
where this row is found by its key.

No batch joins the log with another partition under a condition. So the entry comes first, and who
sees it remembers nothing of the user for QUIET_SECONDS. Say a process dies between the two, or the
change takes effect late: nobody has remembered what was before.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from cassandra import ConsistencyLevel

from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import LOG_SECONDS, Change, LogHead, OnChange
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.conditional_write import UNKNOWN_OUTCOMES, outcome
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement

# More than any write takes: GETME_STORE_TIMEOUT is 2 s, and Cassandra's own for writes likewise.
QUIET_SECONDS = 6.0
_LOG_ID_BYTES = 8
_SHARD = 0  # all of the log is one partition, which is what puts it in one order
_APPEND = Statement(
    "BEGIN BATCH"
    " UPDATE {keyspace}.getme_changes SET head = ?, logid = ?"
    " WHERE shard = ? AND position = 0 IF head = ?;"
    " INSERT INTO {keyspace}.getme_changes (shard, position, userid) VALUES (?, ?, ?)"
    " USING TTL ?;"
    " APPLY BATCH"
)
_SELECT_HEAD = Statement(
    "SELECT logid, head FROM {keyspace}.getme_changes WHERE shard = ? AND position = 0",
    is_read=True,
    sees_every_write=True,
)
# Begins behind what the caller knows, so that it does not pass over what has expired.
_SELECT_AFTER = Statement(
    "SELECT position, userid FROM {keyspace}.getme_changes WHERE shard = ? AND position > ?",
    is_read=True,
    sees_every_write=True,
    in_one_page=True,  # what lies on a second one is not seen
)
CHANGE_LOG_STATEMENTS = (_APPEND, _SELECT_HEAD, _SELECT_AFTER)


class CassandraChangeLog:
    """Appends to the log and reads it (the protocol of `change_log`)."""

    quiet_seconds = QUIET_SECONDS

    def __init__(self, connection: CassandraConnection, on_change: OnChange) -> None:
        self._connection = connection
        self._on_change = on_change
        # Threads of one process take turns: Cassandra lets those that collide wait at random, and
        # fails them at last.
        self._turn = Lock()
        self._seen = LogHead("", 0)  # as it was seen last

    @contextmanager
    def announced(self, user_id: UUID, deadline: Deadline) -> Iterator[None]:
        """Around what changes something of a user. Raises StoreUnavailable, CallAbandoned."""
        begun = time.monotonic()
        self._append(user_id, deadline)
        try:
            yield
        finally:
            self._on_change(user_id)
        if time.monotonic() - begun > QUIET_SECONDS / 2:
            # Whoever saw the entry may have read once more before it was written.
            self._append(user_id, deadline.detached())

    def head(self, deadline: Deadline) -> LogHead:
        """Where the log ends. Raises StoreUnavailable, CallAbandoned."""
        row = self._connection.first_row(_SELECT_HEAD, (_SHARD,), deadline)
        return _log_head(row) if row else LogHead("", 0)

    def after(self, position: int, deadline: Deadline) -> list[Change]:
        """The entries after a position, oldest first. Raises StoreUnavailable, CallAbandoned.

        Copies are read one after the other, so that an entry may be seen while the one before it
        is not; its number shows the hole. Cassandra proposes an entry only once a majority of all
        copies has the one before (StorageProxy.beginAndRepairPaxos sends it to those that lack
        it). So a majority that is asked now has all before the last one that was seen, and what
        is missing even there has expired. Those that came since wait for the next time.
        """
        entries = self._entries(position, deadline, level=None)
        if not _has_hole(entries, position):
            return entries
        last = entries[-1].position
        entries = self._entries(position, deadline, level=ConsistencyLevel.QUORUM)
        return [entry for entry in entries if entry.position <= last]

    def _entries(self, position: int, deadline: Deadline, *, level: int | None) -> list[Change]:
        values = (_SHARD, position)
        rows = self._connection.rows(_SELECT_AFTER, values, deadline, level=level)
        return [Change(*row) for row in rows]

    def _append(self, user_id: UUID, deadline: Deadline) -> None:
        """Adds an entry, at times twice, which does no harm."""
        if not self._turn.acquire(timeout=deadline.remaining()):
            raise StoreUnavailable("no turn to append to the log of changes")
        try:
            while not self._is_appended(user_id, deadline):
                pass
        finally:
            self._turn.release()

    def _is_appended(self, user_id: UUID, deadline: Deadline) -> bool:
        """Tries once, behind the head that was seen last; if it has moved, that is seen now."""
        log_id, last = self._seen
        log_id = log_id or secrets.token_hex(_LOG_ID_BYTES)
        position = last + 1
        values = (
            *(position, log_id, _SHARD, last or None),
            *(_SHARD, position, user_id, LOG_SECONDS),
        )
        try:
            applied, *found = outcome(self._connection, _APPEND, values, deadline)
        except StoreUnavailable as failed:
            if isinstance(failed.__cause__, UNKNOWN_OUTCOMES):
                return False
            raise
        if applied:
            self._seen = LogHead(log_id, position)
            return True
        # What was found tells the head alone; the log's name must be kept as it is.
        self._seen = self.head(deadline) if found else LogHead("", 0)
        return False


def _log_head(row: tuple[str | None, int | None]) -> LogHead:
    log_id, position = row
    return LogHead(log_id or "", position or 0)


def _has_hole(entries: list[Change], position: int) -> bool:
    return any(entry.position != due for due, entry in enumerate(entries, position + 1))
