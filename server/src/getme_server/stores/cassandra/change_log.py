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
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from threading import Lock
from uuid import UUID

from cassandra import ConsistencyLevel

from getme.clock import now
from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import LOG_SECONDS, Change, LogHead, OnChange
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.conditional_write import UNKNOWN_OUTCOMES, is_applied, outcome
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement

# More than any write takes: GETME_STORE_TIMEOUT is 2 s, and Cassandra's own for writes likewise.
QUIET_SECONDS = 4.0
_LOG_ID_BYTES = 8
_SHARD = 0  # all of the log is one partition, which is what puts it in one order
_COUNT = (
    "UPDATE {keyspace}.getme_changes SET head = ? WHERE shard = ? AND position = 0 IF head = ?;"
)
_INSERT = (
    "INSERT INTO {keyspace}.getme_changes (shard, position, userid) VALUES (?, ?, ?) USING TTL ?;"
)


def _appending(entries: int) -> Statement:
    statements = (_COUNT, *[_INSERT] * entries)
    return Statement(f"BEGIN BATCH {' '.join(statements)} APPLY BATCH")


_APPEND = _appending(1)
# What waits while another batch is under way is appended together, so that a log whose appends
# take turns takes many changes a second.
TOGETHER = 8
_APPEND_TOGETHER = _appending(TOGETHER)
# The log's name, by which others may remember answers.
_NAME = Statement(
    "UPDATE {keyspace}.getme_changes SET logid = ? WHERE shard = ? AND position = 0 IF logid = null"
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
CHANGE_LOG_STATEMENTS = (_APPEND, _APPEND_TOGETHER, _NAME, _SELECT_HEAD, _SELECT_AFTER)


@dataclass(eq=False, slots=True)
class _Entry:
    """A change that waits to be appended."""

    user_id: UUID
    is_appended: bool = False


class CassandraChangeLog:
    """Appends to the log and reads it (the protocol of `change_log`)."""

    quiet_seconds = QUIET_SECONDS

    def __init__(self, connection: CassandraConnection, on_change: OnChange) -> None:
        self._connection = connection
        self._on_change = on_change
        # Threads of one process take turns: Cassandra lets those that collide wait at random, and
        # fails them at last.
        self._turn = Lock()
        self._head: int | None = None  # as it was seen last, None before the first entry
        self._waiting: deque[_Entry] = deque()
        self._mutex = Lock()

    @contextmanager
    def announced(self, user_id: UUID, deadline: Deadline) -> Iterator[None]:
        """Around what changes something of a user. Raises StoreUnavailable, CallAbandoned."""
        begun = now()
        self._append(user_id, deadline)
        try:
            yield
        finally:
            self._on_change(user_id)
        if now() - begun > QUIET_SECONDS / 2:
            # Whoever saw the entry may have read once more before it was written.
            self._append(user_id, deadline.detached())

    def head(self, deadline: Deadline) -> LogHead:
        """Where the log ends, which is named now if nobody has yet.

        Raises StoreUnavailable, CallAbandoned.
        """
        log_id, position = self._named_head(deadline)
        if log_id is None:
            name = (secrets.token_hex(_LOG_ID_BYTES), _SHARD)
            is_applied(self._connection, _NAME, name, deadline)
            log_id, position = self._named_head(deadline)
        return LogHead(log_id or "", position or 0)

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

    def _named_head(self, deadline: Deadline) -> tuple[str | None, int | None]:
        row = self._connection.first_row(_SELECT_HEAD, (_SHARD,), deadline)
        if row is None:
            return None, None
        log_id, position = row
        return log_id, position

    def _append(self, user_id: UUID, deadline: Deadline) -> None:
        """Adds an entry, at times twice, which does no harm."""
        entry = _Entry(user_id)
        with self._mutex:
            self._waiting.append(entry)
        try:
            if not self._turn.acquire(timeout=deadline.remaining()):
                raise StoreUnavailable("no turn to append to the log of changes")
            try:
                while not entry.is_appended:
                    self._append_waiting(deadline)
            finally:
                self._turn.release()
        finally:
            with self._mutex:
                if entry in self._waiting:
                    self._waiting.remove(entry)

    def _append_waiting(self, deadline: Deadline) -> None:
        """Tries to append those that wait longest, in one batch."""
        with self._mutex:
            entries = list(islice(self._waiting, TOGETHER))
        if self._are_appended([entry.user_id for entry in entries], deadline):
            with self._mutex:
                for entry in entries:
                    entry.is_appended = True
                    if entry in self._waiting:
                        self._waiting.remove(entry)

    def _are_appended(self, users: list[UUID], deadline: Deadline) -> bool:
        """Tries once, behind the head that was seen last; if it has moved, that is seen now."""
        statement = _APPEND
        if len(users) > 1:
            statement = _APPEND_TOGETHER
            users += [users[-1]] * (TOGETHER - len(users))  # the batch is prepared for so many
        last = self._head or 0
        head = last + len(users)
        entries = [
            (_SHARD, position, user_id, LOG_SECONDS)
            for position, user_id in enumerate(users, last + 1)
        ]
        values = (head, _SHARD, self._head, *chain.from_iterable(entries))
        try:
            answer = outcome(self._connection, statement, values, deadline)
        except StoreUnavailable as failed:
            if isinstance(failed.__cause__, UNKNOWN_OUTCOMES):
                return False
            raise
        applied, *seen = answer  # what was seen: the key and the head of row 0, if there is one
        self._head = head if applied else (seen[-1] if seen else None)
        return bool(applied)


def _has_hole(entries: list[Change], position: int) -> bool:
    return any(entry.position != due for due, entry in enumerate(entries, position + 1))
