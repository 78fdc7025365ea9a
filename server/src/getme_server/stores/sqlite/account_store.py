"""Reads accounts from SQLite (the protocol of `accounts.store`)."""

from uuid import UUID

from getme_server.accounts.account import Account, account_of_row
from getme_server.accounts.errors import UserNotFound
from getme_server.deadline import Deadline
from getme_server.stores.sqlite.connections import Connections

_SELECT_USER = (
    "SELECT firstname, lastname, email, account_status, created_date, last_login_date"
    " FROM users WHERE userid = ?"
)
_SELECT_LOCK = "SELECT account_locked FROM user_credentials WHERE email = ?"

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

    def probe(self, deadline: Deadline) -> None:
        """Asks for what no row has. Raises StoreUnavailable."""
        ask = self._connections.rows_even_if_away
        ask(_SELECT_USER, (_NOBODY,), deadline)
        ask(_SELECT_LOCK, (_NOBODY,), deadline)

    def trouble(self) -> None:
        """Nothing can be wrong with a file that answers."""
