"""Keeps sessions in Cassandra (the protocol of `accounts.session_store`).

A user's sessions are one partition. All writes are conditional, and so timed by the cluster.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from getme_server.accounts.session import Session
from getme_server.deadline import Deadline
from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.conditional_write import is_applied
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.cassandra.time_to_live import time_to_live

KEPT_AFTER_END_SECONDS = 86_400  # so that a clock that is ahead ends nothing too early

# An UPDATE and no INSERT, which would leave a marker of the row with a time to live of its own.
_PUT = (
    "UPDATE {keyspace}.getme_sessions USING TTL ?"
    " SET created = ?, ends = ?, last_used = ?, address = ?, user_agent = ?, generation = ?,"
    " secret_hash = ?, previous_hash = ?, salt = ? WHERE userid = ? AND sessionid = ?"
)
_ADD = Statement(f"{_PUT} IF generation = null")
_REPLACE = Statement(f"{_PUT} IF generation = ?")
_SELECT = Statement(
    "SELECT created, ends, last_used, address, user_agent, generation, secret_hash, previous_hash,"
    " salt FROM {keyspace}.getme_sessions WHERE userid = ? AND sessionid = ?",
    is_read=True,
    sees_every_write=True,
)
_SELECT_ALL = Statement(
    "SELECT sessionid, created, ends, last_used, address, user_agent, generation, secret_hash,"
    " previous_hash, salt FROM {keyspace}.getme_sessions WHERE userid = ?",
    is_read=True,
    sees_every_write=True,
    in_one_page=True,  # what lies on a second one is not seen
)
# Of the statements of a batch, one condition makes all of them conditional writes. This one always
# holds: no session has this ID.
_GUARD = Statement(
    "DELETE FROM {keyspace}.getme_sessions WHERE userid = ? AND sessionid = ? IF generation = null"
)
_NO_SESSION = UUID(int=0)
_REMOVE = Statement("DELETE FROM {keyspace}.getme_sessions WHERE userid = ? AND sessionid = ?")
STATEMENTS = (_ADD, _REPLACE, _SELECT, _SELECT_ALL, _GUARD, _REMOVE)


class CassandraSessionStore:
    """Sessions in a keyspace. wall_clock: seconds since 1970.

    Every method raises StoreUnavailable, CallAbandoned.
    """

    def __init__(self, connection: CassandraConnection, wall_clock: Callable[[], float]) -> None:
        self._connection = connection
        self._wall_clock = wall_clock

    def add(self, session: Session, deadline: Deadline) -> None:
        """Keeps a new session; a repetition leaves alone what is there."""
        is_applied(self._connection, _ADD, self._values(session), deadline)

    def session(self, user_id: UUID, session_id: UUID, deadline: Deadline) -> Session | None:
        """The session.

        Not read at SERIAL: that is a round of Paxos, and those who refresh with one token at once
        would fail each other. A write of unknown outcome may be seen or not; the next conditional
        write settles it first, and is not carried out if it has changed the generation.
        """
        cells = self._connection.first_row(_SELECT, (user_id, session_id), deadline)
        return None if cells is None else _session(user_id, session_id, cells)

    def sessions_of(self, user_id: UUID, deadline: Deadline) -> list[Session]:
        """All sessions of a user."""
        rows = self._connection.rows(_SELECT_ALL, (user_id,), deadline)
        return [_session(user_id, session_id, cells) for session_id, *cells in rows]

    def replace(self, session: Session, *, generation: int, deadline: Deadline) -> bool:
        """Replaces the session of one generation; False where it is not there."""
        values = (*self._values(session), generation)
        return is_applied(self._connection, _REPLACE, values, deadline)

    def remove(self, user_id: UUID, session_ids: Sequence[UUID], deadline: Deadline) -> None:
        """Removes sessions, all of them in one write."""
        if not session_ids:
            return
        writes = [(_REMOVE, (user_id, session_id)) for session_id in session_ids]
        level = consistency.of_writes(self._connection.keyspace())
        self._connection.batch([(_GUARD, (user_id, _NO_SESSION)), *writes], deadline, level=level)

    def _values(self, session: Session) -> tuple[Any, ...]:
        user_id, session_id, *cells = session
        kept = session.ends - self._wall_clock() + KEPT_AFTER_END_SECONDS
        return time_to_live(kept), *cells, user_id, session_id


def _session(user_id: UUID, session_id: UUID, cells: Sequence[Any]) -> Session:
    created, ends, last_used, address, user_agent, generation, *secrets = cells
    return Session(
        user_id, session_id, created, ends, last_used, address, user_agent, generation, *secrets
    )
