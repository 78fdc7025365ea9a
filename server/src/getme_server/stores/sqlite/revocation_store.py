"""Keeps revocations in SQLite (the protocol of `tokens.revocation`).

A revocation, its entry in the log of changes and the removal of what has expired are one
transaction. What has expired counts until some later write removes it.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from getme_server.deadline import Deadline
from getme_server.stores.sqlite.change_log import REMOVED_AT_ONCE, SqliteChangeLog
from getme_server.stores.sqlite.connections import Connections, Statement, placeholders
from getme_server.tokens.revocation import Revoked

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
_SELECT_REVOKED = (
    "SELECT revocation_key, NULL FROM getme_revoked_tokens"
    " WHERE userid = ? AND revocation_key IN {keys}"
    " UNION ALL SELECT NULL, issued_before FROM getme_revoked_users WHERE userid = ?"
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


class SqliteRevocationStore:
    """Revocations in one SQLite file. wall_clock: seconds since 1970."""

    def __init__(
        self,
        connections: Connections,
        changes: SqliteChangeLog,
        wall_clock: Callable[[], float],
    ) -> None:
        self._connections = connections
        self._changes = changes
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

    def _write(
        self, revocations: Sequence[Statement], user_id: UUID, now: float, deadline: Deadline
    ) -> None:
        expired = (
            (_REMOVE_TOKENS, (now, REMOVED_AT_ONCE)),
            (_REMOVE_USERS, (now, REMOVED_AT_ONCE)),
        )
        self._changes.write((*revocations, *expired), user_id, deadline)


def _expires(now: float, keep_seconds: float | None) -> float | None:
    return None if keep_seconds is None else now + keep_seconds
