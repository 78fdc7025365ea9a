"""Reads and makes accounts in Cassandra (the protocol of `accounts.store`)."""

from uuid import UUID, uuid4

from getme_server.accounts.account import Account, Credentials, account_of_row
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.account_creation import (
    CREATION_STATEMENTS,
    SELECT_OWNER,
    CassandraAccountCreation,
)
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.failures import DRIVER_ERRORS, describe
from getme_server.stores.cassandra.masking import masked_email_trouble
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.location import CassandraLocation

# Columns by name, because a KillrVideo cluster may have more of them. Dates as milliseconds,
# because the driver's own decoding raises for a date beyond Python's range and loses the row.
_SELECT_USER = Statement(
    "SELECT firstname, lastname, email, account_status, toUnixTimestamp(created_date),"
    " toUnixTimestamp(last_login_date) FROM {keyspace}.users WHERE userid = ?",
    is_read=True,
)
_SELECT_LOCK = Statement(
    "SELECT account_locked FROM {keyspace}.user_credentials WHERE email = ?", is_read=True
)
MAX_KEY_BYTES = 65_535  # of a partition key
STATEMENTS = (_SELECT_USER, _SELECT_LOCK, *CREATION_STATEMENTS)


class CassandraAccountStore:
    """Accounts in KillrVideo's tables."""

    def __init__(self, connection: CassandraConnection, location: CassandraLocation) -> None:
        self._connection = connection
        self._location = location
        self._creation = CassandraAccountCreation(connection)

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account with this user_id. Raises UserNotFound, StoreUnavailable, CallAbandoned."""
        row = self._connection.first_row(_SELECT_USER, (user_id,), deadline)
        if row is None:
            raise UserNotFound("there is no such user")
        return account_of_row(user_id, row)

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """Whether these credentials are locked. Raises StoreUnavailable, CallAbandoned."""
        if len(email.encode()) > MAX_KEY_BYTES:
            return False  # no such row can exist, and Cassandra refuses the question
        row = self._connection.first_row(_SELECT_LOCK, (email,), deadline)
        return row is not None and bool(row[0])

    def owner(self, email: str, deadline: Deadline) -> UUID:
        """Whom this address signs in. Raises UserNotFound, StoreUnavailable, CallAbandoned."""
        row = self._connection.first_row(SELECT_OWNER, (email,), deadline)
        if row is None or row[0] is None:
            raise UserNotFound("there is no such user")
        owner: UUID = row[0]
        return owner

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        """Makes an account. Raises EmailTaken, InvalidField, StoreUnavailable, CallAbandoned."""
        self._creation.create(account, credentials, deadline)

    def probe(self, deadline: Deadline) -> None:
        """Asks for what no row has. Raises StoreUnavailable, and then mends what it can."""
        nobody = uuid4()  # each time another partition: some may be without a quorum
        try:
            self._connection.look(_SELECT_USER, (nobody,), deadline)
            self._connection.look(_SELECT_LOCK, (f"{nobody}@invalid",), deadline)
        except StoreUnavailable:
            self._connection.replace_if_gone()
            raise

    def trouble(self) -> str | None:
        """Masked e-mail addresses. Raises StoreUnavailable."""
        try:
            return masked_email_trouble(self._connection.session(), self._location)
        except DRIVER_ERRORS as failed:
            raise StoreUnavailable(describe(failed)) from failed
