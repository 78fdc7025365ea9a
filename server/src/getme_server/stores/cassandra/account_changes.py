"""Changes and removes accounts in Cassandra, by conditional writes alone.

The row of an account is made by one (`account_creation`); and an UPDATE without a condition would
make a row where the account was removed.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.change_log import CassandraChangeLog
from getme_server.stores.cassandra.conditional_write import either_empty, is_applied
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement

_UPDATE_USER = "UPDATE {keyspace}.users SET "
_AS_SEEN = (
    " IF firstname IN (?, ?) AND lastname IN (?, ?) AND email IN (?, ?)"
    " AND account_status IN (?, ?)"
)


class _Change(NamedTuple):
    """A change of cells, whose values come before the user ID, under either condition.

    if_as_seen: all text is as it was seen. if_there: the row is there, for one without any text:
    that all of its cells are null is true of a row that is gone, too, and Cassandra takes no
    IF EXISTS beside other conditions.
    """

    if_as_seen: Statement
    if_there: Statement


def _change(assignments: str) -> _Change:
    update = f"{_UPDATE_USER}{assignments} WHERE userid = ?"
    return _Change(Statement(update + _AS_SEEN), Statement(f"{update} IF EXISTS"))


_NAMES = _change("firstname = ?, lastname = ?")
_STATUS = _change("account_status = ?")
_STATUS_IF_SAME = Statement(
    f"{_UPDATE_USER}account_status = ? WHERE userid = ? IF account_status = ?"
)
_SIGN_IN = Statement(f"{_UPDATE_USER}last_login_date = ? WHERE userid = ? IF EXISTS")
_BEGIN_REMOVAL = Statement(
    "INSERT INTO {keyspace}.getme_removals (userid) VALUES (?) IF NOT EXISTS"
)
_SELECT_REMOVAL = Statement(
    "SELECT userid FROM {keyspace}.getme_removals WHERE userid = ?",
    is_read=True,
    sees_every_write=True,
)
_REMOVE_USER = Statement("DELETE FROM {keyspace}.users WHERE userid = ? IF EXISTS")
_END_REMOVAL = Statement("DELETE FROM {keyspace}.getme_removals WHERE userid = ? IF EXISTS")
CHANGE_STATEMENTS = (
    *_NAMES,
    *_STATUS,
    _STATUS_IF_SAME,
    _SIGN_IN,
    _BEGIN_REMOVAL,
    _SELECT_REMOVAL,
    _REMOVE_USER,
    _END_REMOVAL,
)


class CassandraAccountChanges:
    """Changes rows of `users`. Every method raises StoreUnavailable, CallAbandoned."""

    def __init__(self, connection: CassandraConnection, changes: CassandraChangeLog) -> None:
        self._connection = connection
        self._log = changes

    def update_names(
        self, seen: Account, firstname: str, lastname: str, deadline: Deadline
    ) -> bool:
        """Whether the account was as it was seen, and has these names now."""
        return self._is_changed(_NAMES, (firstname or None, lastname or None), seen, deadline)

    def set_status(self, seen: Account, account_status: str, deadline: Deadline) -> bool:
        """Whether the account had the status of seen, and has this one now.

        Where that was none, the other text must be as it was seen, too.
        """
        cell = account_status or None
        if not seen.account_status:
            return self._is_changed(_STATUS, (cell,), seen, deadline)
        values = (cell, seen.user_id, seen.account_status)
        with self._log.announced(seen.user_id, deadline):
            return is_applied(self._connection, _STATUS_IF_SAME, values, deadline)

    def record_sign_in(self, user_id: UUID, moment: int, deadline: Deadline) -> None:
        """Sets last_login_date, milliseconds since 1970, of an account that is there."""
        with self._log.announced(user_id, deadline):
            is_applied(self._connection, _SIGN_IN, (moment, user_id), deadline)

    def begin_removal(self, user_id: UUID, deadline: Deadline) -> None:
        """Notes that an account is to be removed."""
        is_applied(self._connection, _BEGIN_REMOVAL, (user_id,), deadline)

    def removal_begun(self, user_id: UUID, deadline: Deadline) -> bool:
        """Whether that is noted."""
        return self._connection.first_row(_SELECT_REMOVAL, (user_id,), deadline) is not None

    def remove(self, user_id: UUID, deadline: Deadline) -> None:
        """Removes the row, and then the note."""
        with self._log.announced(user_id, deadline):
            is_applied(self._connection, _REMOVE_USER, (user_id,), deadline)
        is_applied(self._connection, _END_REMOVAL, (user_id,), deadline)

    def _is_changed(
        self, change: _Change, cells: Sequence[Any], seen: Account, deadline: Deadline
    ) -> bool:
        text = (seen.firstname, seen.lastname, seen.email, seen.account_status)
        conditions = [cell for one in text for cell in either_empty(one)] if any(text) else []
        statement = change.if_as_seen if conditions else change.if_there
        values = (*cells, seen.user_id, *conditions)
        with self._log.announced(seen.user_id, deadline):
            return is_applied(self._connection, statement, values, deadline)
