"""Keeps credentials in SQLite (the protocol of `accounts.credential_store`)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from getme_server.accounts.account import Credentials
from getme_server.deadline import Deadline
from getme_server.stores.sqlite.change_log import SqliteChangeLog
from getme_server.stores.sqlite.connections import Connections

_SELECT = "SELECT password, userid, account_locked FROM user_credentials WHERE email = ?"
# Takes the place of a row that belongs to nobody, too.
_ADD = (
    "INSERT INTO user_credentials (email, password, userid, account_locked) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET password = excluded.password, userid = excluded.userid,"
    " account_locked = excluded.account_locked WHERE userid IS NULL"
)
_REPLACE_PASSWORD = (
    "UPDATE user_credentials SET password = ?"
    " WHERE email = ? AND userid = ? AND ifnull(password, '') = ?"
)
_SET_LOCKED = "UPDATE user_credentials SET account_locked = ? WHERE email = ?"
_REMOVE = "DELETE FROM user_credentials WHERE email = ? AND userid = ?"
_COUNT_FAILED = (
    "INSERT INTO login_attempts (email, failed_attempts) VALUES (?, 1)"
    " ON CONFLICT DO UPDATE SET failed_attempts = failed_attempts + 1"
)
# Not the count of another user, who has the address now.
_REMOVE_COUNT = (
    "DELETE FROM login_attempts WHERE email = ?1"
    " AND NOT EXISTS (SELECT 1 FROM user_credentials WHERE email = ?1 AND userid IS NOT NULL)"
)


class SqliteCredentialStore:
    """Credentials in one SQLite file. Every method raises StoreUnavailable."""

    def __init__(self, connections: Connections, changes: SqliteChangeLog) -> None:
        self._connections = connections
        self._changes = changes

    def credentials(self, email: str, deadline: Deadline) -> Credentials | None:
        """The credentials of an address, None where they are nobody's."""
        row = self._connections.row(_SELECT, (email,), deadline)
        if row is None or row[1] is None:
            return None
        password, user_id, locked = row
        return Credentials(email, password or "", UUID(user_id), bool(locked))

    def add(self, credentials: Credentials, deadline: Deadline) -> bool:
        """Adds credentials; False where the address signs somebody in."""
        email, password, user_id, locked = credentials
        return self._is_changed(_ADD, (email, password or None, str(user_id), locked), deadline)

    def replace_password(self, before: Credentials, password: str, deadline: Deadline) -> bool:
        """Replaces a hash; False where the row is not as it was before."""
        parameters = (password, before.email, str(before.user_id), before.password)
        return self._is_changed(_REPLACE_PASSWORD, parameters, deadline)

    def set_locked(self, email: str, *, locked: bool, deadline: Deadline) -> bool:
        """Locks or unlocks; False where there is no row."""
        lock = (_SET_LOCKED, (locked, email))
        owned = self.credentials(email, deadline)
        if owned is None:  # or they are nobody's, of whom nothing is remembered
            (changed,) = self._connections.write([lock], deadline)
        else:
            (changed,) = self._changes.write([lock], owned.user_id, deadline)
        return changed > 0

    def remove(self, email: str, user_id: UUID, deadline: Deadline) -> None:
        """Removes the credentials and the count."""
        removal = (_REMOVE, (email, str(user_id)))
        self._connections.write([removal, (_REMOVE_COUNT, (email,))], deadline)

    def count_failed_attempt(self, email: str, deadline: Deadline) -> None:
        """Adds one to the count."""
        self._connections.write([(_COUNT_FAILED, (email,))], deadline)

    def _is_changed(self, sql: str, parameters: Sequence[Any], deadline: Deadline) -> bool:
        (changed,) = self._connections.write([(sql, parameters)], deadline)
        return changed > 0
