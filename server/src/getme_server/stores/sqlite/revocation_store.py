"""Keeps revocations in SQLite (the protocol of `tokens.revocation`).

A revocation, its entry in the log and the removal of what has expired are one transaction, so that
the three are seen at once. What has expired counts until some later write removes it.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from getme_server.deadline import Deadline
from getme_server.stores.sqlite.connections import Connections, Statement, placeholders
from getme_server.tokens.revocation import LOG_SECONDS, Revocation, Revoked

# So many of a kind at most are removed by one write, so that none takes long: more than come with
# it, so that what has gathered gets less.
REMOVED_AT_ONCE = 100

# max() of two columns is null where one of them is: what was once kept for ever stays so.
_REVOKE_TOKEN = (
    "INSERT INTO getme_revoked_tokens (userid, revocation_key, expires) VALUES (?, ?, ?)"
    " ON CONFLICT DO UPDATE SET expires = max(expires, excluded.expires)"
)
_REVOKE_USER = (
    "INSERT INTO getme_revoked_users (userid, issued_before, expires) VALUES (?, ?, ?)"
    " ON CONFLICT DO UPDATE SET expires = max(expires, excluded.expires),"
    " issued_before = max(issued_before, excluded.issued_before)"
)
_APPEND = "INSERT INTO getme_revocation_log (userid, logged) VALUES (?, ?)"
_SELECT_REVOKED = (
    "SELECT revocation_key, NULL FROM getme_revoked_tokens"
    " WHERE userid = ? AND revocation_key IN {keys}"
    " UNION ALL SELECT NULL, issued_before FROM getme_revoked_users WHERE userid = ?"
)
_SELECT_LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'getme_revocation_log'"
_SELECT_AFTER = (
    "SELECT position, userid FROM getme_revocation_log WHERE position > ? ORDER BY position"
)
_REMOVE_TOKENS = (
    "DELETE FROM getme_revoked_tokens WHERE (userid, revocation_key) IN"
    " (SELECT userid, revocation_key FROM getme_revoked_tokens WHERE expires < ?"
    " ORDER BY expires LIMIT ?)"
)
_REMOVE_USERS = (
    "DELETE FROM getme_revoked_users WHERE userid IN"
    " (SELECT userid FROM getme_revoked_users WHERE expires < ?"
    " ORDER BY expires LIMIT ?)"
)
# Looks at the first entries only, which are the oldest ones but for a clock that was set.
_REMOVE_ENTRIES = (
    "DELETE FROM getme_revocation_log WHERE logged < ? AND position IN"
    " (SELECT position FROM getme_revocation_log ORDER BY position LIMIT ?)"
)


# A file that was replaced has a log of its own; its places come after those of the one before.
_PLACES_OF_A_FILE = 2**40


class SqliteRevocationStore:
    """Revocations in one SQLite file. wall_clock: seconds since 1970."""

    def __init__(self, connections: Connections, wall_clock: Callable[[], float]) -> None:
        self._connections = connections
        self._wall_clock = wall_clock

    def revoke_tokens(
        self,
        user_id: UUID,
        revocation_keys: Sequence[bytes],
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """Takes back what the keys name. Raises StoreUnavailable."""
        if not revocation_keys:
            return
        now = self._wall_clock()
        expires = _expires(now, keep_seconds)
        rows = [(str(user_id), key, expires) for key in revocation_keys]
        self._write([(_REVOKE_TOKEN, row) for row in rows], user_id, now, deadline)

    def revoke_user_tokens(
        self,
        user_id: UUID,
        issued_before: float,
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """Takes back all that was issued before a moment. Raises StoreUnavailable."""
        now = self._wall_clock()
        row = (str(user_id), issued_before, _expires(now, keep_seconds))
        self._write([(_REVOKE_USER, row)], user_id, now, deadline)

    def revoked(
        self, user_id: UUID, revocation_keys: Sequence[bytes], deadline: Deadline
    ) -> Revoked:
        """What is known of the keys. Raises StoreUnavailable."""
        query = _SELECT_REVOKED.format(keys=placeholders(len(revocation_keys)))
        user = str(user_id)
        rows = self._connections.rows(query, (user, *revocation_keys, user), deadline)
        keys = frozenset(key for key, _ in rows if key is not None)
        return Revoked(keys, next((moment for key, moment in rows if key is None), None))

    def last_position(self, deadline: Deadline) -> int:
        """The place of the newest entry of the log, also of a deleted one."""
        row = self._connections.row(_SELECT_LAST, (), deadline)
        return self._connections.generation * _PLACES_OF_A_FILE + (row[0] if row else 0)

    def log_after(self, position: int, deadline: Deadline) -> list[Revocation]:
        """The entries after a place, oldest first. Raises StoreUnavailable."""
        begin = self._connections.generation * _PLACES_OF_A_FILE
        rows = self._connections.rows(_SELECT_AFTER, (position - begin,), deadline)
        if position < begin or begin < self._connections.generation * _PLACES_OF_A_FILE:
            return []  # of another file: last_position tells
        return [Revocation(begin + place, UUID(user_id)) for place, user_id in rows]

    def _write(
        self, revocations: Sequence[Statement], user_id: UUID, now: float, deadline: Deadline
    ) -> None:
        self._connections.write(
            (
                *revocations,
                (_APPEND, (str(user_id), now)),
                (_REMOVE_TOKENS, (now, REMOVED_AT_ONCE)),
                (_REMOVE_USERS, (now, REMOVED_AT_ONCE)),
                (_REMOVE_ENTRIES, (now - LOG_SECONDS, REMOVED_AT_ONCE)),
            ),
            deadline,
        )


def _expires(now: float, keep_seconds: float | None) -> float | None:
    return None if keep_seconds is None else now + keep_seconds
