"""Keeps credentials in KillrVideo's tables (the protocol of `accounts.credential_store`).

Rows of `user_credentials` are made by conditional writes (`account_creation`), so they are changed
by nothing else.
"""

from contextlib import nullcontext, suppress
from uuid import UUID

from getme_server.accounts.account import Credentials
from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned
from getme_server.stores.cassandra.change_log import CassandraChangeLog
from getme_server.stores.cassandra.conditional_write import either_empty, is_applied, outcome
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.partition_key import can_be_key
from getme_server.stores.cassandra.statement import Statement

_SELECT = Statement(
    "SELECT password, userid, account_locked FROM {keyspace}.user_credentials WHERE email = ?",
    is_read=True,
    sees_every_write=True,
)
# An UPDATE, which also takes the place of a row that belongs to nobody.
_ADD = Statement(
    "UPDATE {keyspace}.user_credentials SET password = ?, userid = ?, account_locked = ?"
    " WHERE email = ? IF userid = null"
)
_REPLACE_PASSWORD = Statement(
    "UPDATE {keyspace}.user_credentials SET password = ?"
    " WHERE email = ? IF userid = ? AND password IN (?, ?)"
)
_SET_LOCKED = Statement(
    "UPDATE {keyspace}.user_credentials SET account_locked = ? WHERE email = ? IF EXISTS"
)
_REMOVE = Statement("DELETE FROM {keyspace}.user_credentials WHERE email = ? IF userid = ?")
_COUNT_FAILED = Statement(
    "UPDATE {keyspace}.login_attempts SET failed_attempts = failed_attempts + 1 WHERE email = ?"
)
_REMOVE_COUNT = Statement("DELETE FROM {keyspace}.login_attempts WHERE email = ?")
STATEMENTS = (
    _SELECT,
    _ADD,
    _REPLACE_PASSWORD,
    _SET_LOCKED,
    _REMOVE,
    _COUNT_FAILED,
    _REMOVE_COUNT,
)


class CassandraCredentialStore:
    """Credentials in a keyspace. Every method raises StoreUnavailable, CallAbandoned."""

    def __init__(self, connection: CassandraConnection, changes: CassandraChangeLog) -> None:
        self._connection = connection
        self._changes = changes

    def credentials(self, email: str, deadline: Deadline) -> Credentials | None:
        """The credentials of an address, None where they are nobody's."""
        if not can_be_key(email):
            return None
        row = self._connection.first_row(_SELECT, (email,), deadline)
        if row is None or row[1] is None:
            return None
        password, user_id, locked = row
        return Credentials(email, password or "", user_id, bool(locked))

    def add(self, credentials: Credentials, deadline: Deadline) -> bool:
        """Adds credentials; False where the address signs somebody in."""
        email, password, user_id, locked = credentials
        values = (password or None, user_id, locked, email)
        return is_applied(self._connection, _ADD, values, deadline)

    def replace_password(self, before: Credentials, password: str, deadline: Deadline) -> bool:
        """Replaces a hash; False where the row is not as it was before."""
        if not can_be_key(before.email):
            return False
        values = (password, before.email, before.user_id, *either_empty(before.password))
        return is_applied(self._connection, _REPLACE_PASSWORD, values, deadline)

    def set_locked(self, email: str, *, locked: bool, deadline: Deadline) -> bool:
        """Locks or unlocks; False where there is no row, and none is made."""
        if not can_be_key(email):
            return False
        owned = self.credentials(email, deadline)
        # Of those that are nobody's nothing is remembered.
        news = nullcontext() if owned is None else self._changes.announced(owned.user_id, deadline)
        with news:
            return is_applied(self._connection, _SET_LOCKED, (locked, email), deadline)

    def remove(self, email: str, user_id: UUID, deadline: Deadline) -> None:
        """Removes the credentials and then, if the store lets it, the count.

        A count that is left behind says nothing about anybody but an address, and bars nobody.
        """
        if not can_be_key(email):
            return
        removed, *found = outcome(self._connection, _REMOVE, (email, user_id), deadline)
        belongs_to_another = not removed and any(found)
        if not belongs_to_another:
            with suppress(StoreUnavailable, CallAbandoned):
                self._connection.rows(_REMOVE_COUNT, (email,), deadline)

    def count_failed_attempt(self, email: str, deadline: Deadline) -> None:
        """Adds one to a counter, at the consistency that the URL names: nothing depends on it."""
        if can_be_key(email):
            self._connection.rows(_COUNT_FAILED, (email,), deadline)
