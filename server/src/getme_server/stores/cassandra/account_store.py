"""Reads accounts from Cassandra (the protocol of `accounts.store`)."""

from uuid import UUID

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable, Session

from getme_server.accounts.account import Account, account_of_row
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.masking import masked_email_trouble
from getme_server.stores.cassandra.queries import describe, first_row, prepare
from getme_server.stores.location import CassandraLocation

# Columns by name, because a KillrVideo cluster may have more of them. Dates as milliseconds,
# because the driver's own decoding raises for a date beyond Python's range and loses the row.
_SELECT_USER = (
    "SELECT firstname, lastname, email, account_status, toUnixTimestamp(created_date),"
    " toUnixTimestamp(last_login_date) FROM {keyspace}.users WHERE userid = ?"
)
_SELECT_LOCK = "SELECT account_locked FROM {keyspace}.user_credentials WHERE email = ?"


class CassandraAccountStore:
    """Accounts in KillrVideo's tables."""

    def __init__(self, session: Session, location: CassandraLocation) -> None:
        """Raises StoreNotReady if the keyspace or a table is not there."""
        self._location = location
        self._session = session
        self._select_user = prepare(session, _SELECT_USER, location)
        self._select_lock = prepare(session, _SELECT_LOCK, location)
        self._select_user.is_idempotent = True
        self._select_lock.is_idempotent = True

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account with this user_id. Raises UserNotFound, StoreUnavailable, CallAbandoned."""
        row = first_row(self._session, self._select_user, (user_id,), deadline)
        if row is None:
            raise UserNotFound("there is no such user")
        return account_of_row(user_id, row)

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """Whether these credentials are locked. Raises StoreUnavailable, CallAbandoned."""
        row = first_row(self._session, self._select_lock, (email,), deadline)
        return row is not None and bool(row[0])

    def trouble(self) -> str | None:
        """Masked e-mail addresses. Raises StoreUnavailable."""
        try:
            return masked_email_trouble(self._session, self._location)
        except (DriverException, NoHostAvailable) as failed:
            raise StoreUnavailable(describe(failed)) from failed
