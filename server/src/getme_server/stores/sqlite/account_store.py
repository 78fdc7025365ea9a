"""Reads and makes accounts in SQLite (the protocol of `accounts.store`)."""

from typing import Any
from uuid import UUID

from getme_server.accounts.account import Account, Credentials, account_of_row
from getme_server.accounts.errors import EmailTaken, OutcomeUnknown, StoreUnavailable, UserNotFound
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.stores.sqlite.connections import Connections

_SELECT_USER = (
    "SELECT firstname, lastname, email, account_status, created_date, last_login_date"
    " FROM users WHERE userid = ?"
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

_NOBODY = "nobody@invalid"


class SqliteAccountStore:
    """Accounts in one SQLite file."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account with this user_id. Raises UserNotFound, StoreUnavailable."""
        row = self._connections.row(_SELECT_USER, (str(user_id),), deadline)
        if row is None:
            raise UserNotFound("there is no such user")
        return account_of_row(user_id, row)

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

    def probe(self, deadline: Deadline) -> None:
        """Asks for what no row has. Raises StoreUnavailable."""
        ask = self._connections.rows_even_if_away
        ask(_SELECT_USER, (_NOBODY,), deadline)
        ask(_SELECT_LOCK, (_NOBODY,), deadline)

    def trouble(self) -> None:
        """Nothing can be wrong with a file that answers."""


def _cells(record: Account | Credentials) -> tuple[Any, ...]:
    """The cells of a record; an empty text is a null to the store."""
    return tuple(
        str(value) if isinstance(value, UUID) else None if value == "" else value
        for value in record
    )
