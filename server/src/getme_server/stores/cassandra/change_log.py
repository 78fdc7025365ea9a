"""The log of revocations in Cassandra: one partition whose entries are numbered without a hole.

The row at place 0 counts them and never expires. An entry and the new count are one conditional
batch (https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#batch_statement),
so that no two entries get one number, however many processes append. The count is not a static
column: reading one would pass over all expired entries (Cassandra looks for the first row that is
there), where this row is found by its key.
"""

from threading import Lock
from uuid import UUID

from cassandra import ConsistencyLevel

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.conditional_write import UNKNOWN_OUTCOMES, outcome
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement
from getme_server.tokens.revocation import LOG_SECONDS, Revocation

_SHARD = 0  # all of the log is one partition, which is what puts it in one order
_APPEND = Statement(
    "BEGIN BATCH"
    " UPDATE {keyspace}.getme_revocation_log SET head = ?"
    " WHERE shard = ? AND position = 0 IF head = ?;"
    " INSERT INTO {keyspace}.getme_revocation_log (shard, position, userid) VALUES (?, ?, ?)"
    " USING TTL ?;"
    " APPLY BATCH"
)
_SELECT_HEAD = Statement(
    "SELECT head FROM {keyspace}.getme_revocation_log WHERE shard = ? AND position = 0",
    is_read=True,
    sees_every_write=True,
)
# Begins behind what the caller knows, so that it does not pass over what has expired.
_SELECT_AFTER = Statement(
    "SELECT position, userid FROM {keyspace}.getme_revocation_log WHERE shard = ? AND position > ?",
    is_read=True,
    sees_every_write=True,
    in_one_page=True,  # what lies on a second one is not seen
)
LOG_STATEMENTS = (_APPEND, _SELECT_HEAD, _SELECT_AFTER)


class CassandraRevocationLog:
    """Appends to the log and reads it."""

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        # Threads of one process take turns: Cassandra lets those that collide wait at random, and
        # fails them at last.
        self._turn = Lock()
        self._head: int | None = None  # as it was seen last, None before the first entry

    def append(self, user_id: UUID, deadline: Deadline) -> None:
        """Adds an entry, at times twice, which does no harm. Raises StoreUnavailable."""
        if not self._turn.acquire(timeout=deadline.remaining()):
            raise StoreUnavailable("no turn to append to the log of revocations")
        try:
            while not self._is_appended(user_id, deadline):
                pass
        finally:
            self._turn.release()

    def last_position(self, deadline: Deadline) -> int:
        """The place of the newest entry, 0 where there was never one."""
        row = self._connection.first_row(_SELECT_HEAD, (_SHARD,), deadline)
        return row[0] if row and row[0] else 0

    def after(self, position: int, deadline: Deadline) -> list[Revocation]:
        """The entries after a place, oldest first.

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

    def _entries(self, position: int, deadline: Deadline, *, level: int | None) -> list[Revocation]:
        values = (_SHARD, position)
        rows = self._connection.rows(_SELECT_AFTER, values, deadline, level=level)
        return [Revocation(*row) for row in rows]

    def _is_appended(self, user_id: UUID, deadline: Deadline) -> bool:
        """Tries once, behind the head that was seen last; if it has moved, that is seen now."""
        position = (self._head or 0) + 1
        values = (position, _SHARD, self._head, _SHARD, position, user_id, LOG_SECONDS)
        try:
            answer = outcome(self._connection, _APPEND, values, deadline)
        except StoreUnavailable as failed:
            if isinstance(failed.__cause__, UNKNOWN_OUTCOMES):
                return False
            raise
        applied, *seen = answer  # what was seen: the key and the head of row 0, if there is one
        self._head = position if applied else (seen[-1] if seen else None)
        return bool(applied)


def _has_hole(entries: list[Revocation], position: int) -> bool:
    return any(entry.position != due for due, entry in enumerate(entries, position + 1))
