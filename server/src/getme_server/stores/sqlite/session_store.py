"""Keeps sessions in SQLite (the protocol of `accounts.session_store`).

Those that have ended are removed by the writes that come after, some by each.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from getme_server.accounts.session import Session
from getme_server.deadline import Deadline
from getme_server.stores.sqlite.connections import Connections, Statement

# So many at most are removed by one write, so that none takes long: more than come with it, so that
# what has gathered gets less.
REMOVED_AT_ONCE = 100
KEPT_AFTER_END_SECONDS = 86_400  # so that a clock that is ahead ends nothing too early

_ADD = (
    "INSERT INTO getme_sessions (userid, sessionid, created, ends, last_used, address, user_agent,"
    " generation, secret_hash, previous_hash, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_REPLACE = (
    "UPDATE getme_sessions SET created = ?, ends = ?, last_used = ?, address = ?, user_agent = ?,"
    " generation = ?, secret_hash = ?, previous_hash = ?, salt = ?"
    " WHERE userid = ? AND sessionid = ? AND generation = ?"
)
_SELECT_ALL = (
    "SELECT userid, sessionid, created, ends, last_used, address, user_agent, generation,"
    " secret_hash, previous_hash, salt FROM getme_sessions WHERE userid = ?"
)
_SELECT = f"{_SELECT_ALL} AND sessionid = ?"
_REMOVE = "DELETE FROM getme_sessions WHERE userid = ? AND sessionid = ?"
_REMOVE_ENDED = (
    "DELETE FROM getme_sessions WHERE (userid, sessionid) IN"
    " (SELECT userid, sessionid FROM getme_sessions WHERE ends < ? ORDER BY ends LIMIT ?)"
)


class SqliteSessionStore:
    """Sessions in one SQLite file. wall_clock: seconds since 1970.

    Every method raises StoreUnavailable.
    """

    def __init__(self, connections: Connections, wall_clock: Callable[[], float]) -> None:
        self._connections = connections
        self._wall_clock = wall_clock

    def add(self, session: Session, deadline: Deadline) -> None:
        """Keeps a new session; a repetition leaves alone what is there."""
        user_id, session_id, *cells = session
        self._write([(_ADD, (str(user_id), str(session_id), *cells))], deadline)

    def session(self, user_id: UUID, session_id: UUID, deadline: Deadline) -> Session | None:
        """The session."""
        row = self._connections.row(_SELECT, (str(user_id), str(session_id)), deadline)
        return None if row is None else _session(row)

    def sessions_of(self, user_id: UUID, deadline: Deadline) -> list[Session]:
        """All sessions of a user."""
        return [
            _session(row) for row in self._connections.rows(_SELECT_ALL, (str(user_id),), deadline)
        ]

    def replace(self, session: Session, *, generation: int, deadline: Deadline) -> bool:
        """Replaces the session of one generation; False where it is not there."""
        user_id, session_id, *cells = session
        parameters = (*cells, str(user_id), str(session_id), generation)
        return self._write([(_REPLACE, parameters)], deadline)[0] > 0

    def remove(self, user_id: UUID, session_ids: Sequence[UUID], deadline: Deadline) -> None:
        """Removes sessions, all of them in one write."""
        user = str(user_id)
        self._write([(_REMOVE, (user, str(session_id))) for session_id in session_ids], deadline)

    def _write(self, statements: Sequence[Statement], deadline: Deadline) -> list[int]:
        ended = self._wall_clock() - KEPT_AFTER_END_SECONDS
        # Behind them: what a statement finds is not removed under it.
        removal = (_REMOVE_ENDED, (ended, REMOVED_AT_ONCE))
        return self._connections.write([*statements, removal], deadline)


def _session(row: tuple[Any, ...]) -> Session:
    user_id, session_id, *cells = row
    return Session(UUID(user_id), UUID(session_id), *cells)
