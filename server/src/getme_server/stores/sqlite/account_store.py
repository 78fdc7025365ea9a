"""Reads and makes accounts in SQLite (the protocol of `accounts.store`)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from getme_server.accounts.account import Account, Credentials, account_of_row
from getme_server.accounts.errors import EmailTaken, OutcomeUnknown, StoreUnavailable, UserNotFound
from getme_server.accounts.roles import MODERATOR
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.stores.sqlite.change_log import SqliteChangeLog
from getme_server.stores.sqlite.connections import Connections, placeholders

_SELECT_USER = (
    "SELECT firstname, lastname, email, account_status, created_date, last_login_date"
    " FROM users WHERE userid = ?"
)
_SELECT_USERS = (
    "SELECT userid, firstname, lastname, email, account_status, created_date, last_login_date"
    " FROM users WHERE userid IN {user_ids}"
)
_SELECT_USER_AND_LOCK = (
    "SELECT firstname, lastname, users.email, account_status, created_date, last_login_date,"
    " account_locked FROM users LEFT JOIN user_credentials USING (email) WHERE users.userid = ?"
)
_SELECT_LOCK = "SELECT account_locked FROM user_credentials WHERE email = ?"
_SELECT_OWNER = "SELECT userid FROM user_credentials WHERE email = ?"
# Two statements of one transaction, each of which does nothing where the account may not be made:
# the user ID belongs to another address, or the address to another user ID.
_ADD_CREDENTIALS = (
    "INSERT INTO user_credentials (email, password, userid, account_locked)"
    " SELECT ?1, ?2, ?3, ?4"
    " WHERE NOT EXISTS (SELECT 1 FROM users WHERE userid = ?3 AND email IS NOT ?1)"
    " ON CONFLICT DO NOTHING"
)
_ADD_USER = (
    "INSERT INTO users"
    " (userid, firstname, lastname, email, account_status, created_date, last_login_date)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
    " WHERE EXISTS (SELECT 1 FROM user_credentials WHERE email = ?4 AND userid = ?1)"
    " ON CONFLICT DO NOTHING"
)
_SELECT_MADE = (
    "SELECT (SELECT userid FROM user_credentials WHERE email = ?),"
    " (SELECT email FROM users WHERE userid = ?)"
)
# A null is an empty text to the rules.
_UPDATE_NAMES = (
    "UPDATE users SET firstname = ?, lastname = ? WHERE userid = ? AND ifnull(firstname, '') = ?"
    " AND ifnull(lastname, '') = ? AND ifnull(email, '') = ? AND ifnull(account_status, '') = ?"
)
_SET_STATUS = (
    "UPDATE users SET account_status = ? WHERE userid = ? AND ifnull(account_status, '') = ?"
)
_RECORD_SIGN_IN = "UPDATE users SET last_login_date = ? WHERE userid = ?"
# The constant of the index `getme_moderators`, which SQLite finds only where it is no parameter.
_SELECT_MODERATORS = f"SELECT userid FROM users WHERE account_status = '{MODERATOR}'"  # noqa: S608
_BEGIN_REMOVAL = "INSERT INTO getme_removals (userid) VALUES (?) ON CONFLICT DO NOTHING"
_SELECT_REMOVAL = "SELECT 1 FROM getme_removals WHERE userid = ?"
_REMOVE_USER = "DELETE FROM users WHERE userid = ?"
_END_REMOVAL = "DELETE FROM getme_removals WHERE userid = ?"

_NOBODY = "nobody@invalid"


class SqliteAccountStore:
    """Accounts in one SQLite file."""

    def __init__(self, connections: Connections, changes: SqliteChangeLog) -> None:
        self._connections = connections
        self._changes = changes

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account with this user_id. Raises UserNotFound, StoreUnavailable."""
        row = self._connections.row(_SELECT_USER, (str(user_id),), deadline)
        if row is None:
            raise UserNotFound("there is no such user")
        return account_of_row(user_id, row)

    def account_and_lock(self, user_id: UUID, deadline: Deadline) -> tuple[Account, bool]:
        """Both in one query. Raises UserNotFound, StoreUnavailable."""
        row = self._connections.row(_SELECT_USER_AND_LOCK, (str(user_id),), deadline)
        if row is None:
            raise UserNotFound("there is no such user")
        *cells, is_locked = row
        return account_of_row(user_id, tuple(cells)), bool(is_locked)

    def accounts(self, user_ids: Sequence[UUID], deadline: Deadline) -> list[Account]:
        """Those that there are, in one query. Raises StoreUnavailable."""
        query = _SELECT_USERS.format(user_ids=placeholders(len(user_ids)))
        rows = self._connections.rows(query, [str(user_id) for user_id in user_ids], deadline)
        found = {user_id: cells for user_id, *cells in rows}
        return [
            account_of_row(user_id, tuple(found[str(user_id)]))
            for user_id in user_ids
            if str(user_id) in found
        ]

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """Whether the credentials of this address are locked. Raises StoreUnavailable."""
        row = self._connections.row(_SELECT_LOCK, (email,), deadline)
        return row is not None and bool(row[0])

    def owner(self, email: str, deadline: Deadline) -> UUID:
        """The ID of the user whom this address signs in. Raises UserNotFound, StoreUnavailable."""
        row = self._connections.row(_SELECT_OWNER, (email,), deadline)
        if row is None or row[0] is None:
            raise UserNotFound("there is no such user")
        return UUID(row[0])

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        """Makes an account. Raises EmailTaken, InvalidField, StoreUnavailable."""
        statements = ((_ADD_CREDENTIALS, _cells(credentials)), (_ADD_USER, _cells(account)))
        self._connections.write(statements, deadline)
        ours = (account.email, str(account.user_id))
        try:
            ((owner, email),) = self._connections.rows(_SELECT_MADE, ours, deadline)
        except StoreUnavailable as failed:
            raise OutcomeUnknown(failed.cause) from failed
        if owner not in (str(account.user_id), None):
            raise EmailTaken
        if email != account.email:
            raise InvalidField({"user_id": "belongs to another account"})

    def update_names(
        self, seen: Account, firstname: str, lastname: str, deadline: Deadline
    ) -> Account | None:
        """Changes names, and reads the account again. Raises StoreUnavailable."""
        text = (seen.firstname, seen.lastname, seen.email, seen.account_status)
        parameters = (firstname or None, lastname or None, str(seen.user_id), *text)
        if not self._is_changed(_UPDATE_NAMES, parameters, seen.user_id, deadline):
            return None
        return next(iter(self.accounts([seen.user_id], deadline)), None)

    def set_status(self, seen: Account, account_status: str, deadline: Deadline) -> bool:
        """Changes the status. Raises StoreUnavailable."""
        parameters = (account_status or None, str(seen.user_id), seen.account_status)
        return self._is_changed(_SET_STATUS, parameters, seen.user_id, deadline)

    def record_sign_in(self, user_id: UUID, moment: int, deadline: Deadline) -> None:
        """Sets last_login_date. Raises StoreUnavailable."""
        self._changes.write([(_RECORD_SIGN_IN, (moment, str(user_id)))], user_id, deadline)

    def moderators(self, deadline: Deadline) -> list[UUID]:
        """Users with that status. Raises StoreUnavailable."""
        rows = self._connections.rows(_SELECT_MODERATORS, (), deadline)
        return [UUID(user_id) for (user_id,) in rows]

    def begin_removal(self, user_id: UUID, deadline: Deadline) -> None:
        """Notes a removal. Raises StoreUnavailable."""
        self._connections.write([(_BEGIN_REMOVAL, (str(user_id),))], deadline)

    def removal_begun(self, user_id: UUID, deadline: Deadline) -> bool:
        """Whether one is noted. Raises StoreUnavailable."""
        return bool(self._connections.rows(_SELECT_REMOVAL, (str(user_id),), deadline))

    def remove(self, user_id: UUID, deadline: Deadline) -> None:
        """Removes the row and the note. Raises StoreUnavailable."""
        key = (str(user_id),)
        self._changes.write([(_REMOVE_USER, key), (_END_REMOVAL, key)], user_id, deadline)

    def _is_changed(
        self, sql: str, parameters: Sequence[Any], user_id: UUID, deadline: Deadline
    ) -> bool:
        (changed,) = self._changes.write([(sql, parameters)], user_id, deadline)
        return changed > 0

    def probe(self, deadline: Deadline) -> None:
        """Asks for what no row has. Raises StoreUnavailable."""
        ask = self._connections.rows_even_if_away
        ask(_SELECT_USER, (_NOBODY,), deadline)
        ask(_SELECT_LOCK, (_NOBODY,), deadline)

    def trouble(self) -> str | None:
        """What is wrong with a file that answers: it can only be read."""
        return self._connections.trouble()


def _cells(record: Account | Credentials) -> tuple[Any, ...]:
    """The cells of a record; an empty text is a null to the store."""
    return tuple(
        str(value) if isinstance(value, UUID) else None if value == "" else value
        for value in record
    )
