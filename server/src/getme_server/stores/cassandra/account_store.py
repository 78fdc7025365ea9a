"""Reads and makes accounts in Cassandra (the protocol of `accounts.store`)."""

import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from getme.cache import Cache
from getme_server.accounts.account import Account, Credentials, account_of_row
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.accounts.roles import MODERATOR
from getme_server.deadline import Deadline
from getme_server.stores.cassandra import consistency, moderator_index
from getme_server.stores.cassandra.account_changes import (
    CHANGE_STATEMENTS,
    CassandraAccountChanges,
)
from getme_server.stores.cassandra.account_creation import (
    CREATION_STATEMENTS,
    SELECT_OWNER,
    CassandraAccountCreation,
)
from getme_server.stores.cassandra.answer import Rows
from getme_server.stores.cassandra.change_log import CassandraChangeLog
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.failures import DRIVER_ERRORS, describe
from getme_server.stores.cassandra.joint_reads import JointReads
from getme_server.stores.cassandra.masking import masked_email_trouble
from getme_server.stores.cassandra.partition_key import can_be_key
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.location import CassandraLocation

# Columns by name, because a KillrVideo cluster may have more of them. Dates as milliseconds,
# because the driver's own decoding raises for a date beyond Python's range and loses the row.
_COLUMNS = (
    "firstname, lastname, email, account_status, toUnixTimestamp(created_date),"
    " toUnixTimestamp(last_login_date)"
)
_SELECT_USER = Statement(
    f"SELECT {_COLUMNS} FROM {{keyspace}}.users WHERE userid = ?",  # noqa: S608  # constants
    is_read=True,
)
_SELECT_LOCK = Statement(
    "SELECT account_locked FROM {keyspace}.user_credentials WHERE email = ?", is_read=True
)
# The same of several, each row with its key.
_SELECT_USERS = Statement(
    f"SELECT userid, {_COLUMNS} FROM {{keyspace}}.users WHERE userid IN ?",  # noqa: S608
    is_read=True,
)
_SELECT_LOCKS = Statement(
    "SELECT email, account_locked FROM {keyspace}.user_credentials WHERE email IN ?", is_read=True
)
STATEMENTS = (
    _SELECT_USER,
    _SELECT_LOCK,
    _SELECT_USERS,
    _SELECT_LOCKS,
    *CREATION_STATEMENTS,
    *CHANGE_STATEMENTS,
    *moderator_index.MODERATOR_STATEMENTS,
)
_Key = tuple[UUID, str]  # and the address that the user likely has
_RowAndLock = tuple[tuple[Any, ...] | None, bool]
_ADDRESS_BYTES = 4 * 1024 * 1024  # some 20,000 users


class CassandraAccountStore:
    """Accounts in KillrVideo's tables."""

    def __init__(
        self,
        connection: CassandraConnection,
        location: CassandraLocation,
        changes: CassandraChangeLog,
    ) -> None:
        self._connection = connection
        self._location = location
        self._creation = CassandraAccountCreation(connection)
        self._changes = CassandraAccountChanges(connection, changes)
        self._joint_reads = JointReads(self._row_and_lock, self._rows_and_locks)
        self._addresses: Cache[UUID, str] = Cache(_ADDRESS_BYTES, _weight)

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account with this user_id. Raises UserNotFound, StoreUnavailable, CallAbandoned."""
        row = self._connection.first_row(_SELECT_USER, (user_id,), deadline)
        if row is None:
            raise UserNotFound("there is no such user")
        return account_of_row(user_id, row)

    def account_and_lock(self, user_id: UUID, deadline: Deadline) -> tuple[Account, bool]:
        """Both at the same time, where the address is likely what it was the last time.

        Raises UserNotFound, StoreUnavailable, CallAbandoned.
        """
        likely_email = self._addresses.get(user_id)
        if likely_email is None:
            account = self.account(user_id, deadline)
        else:
            row, is_locked = self._joint_reads.read((user_id, likely_email), deadline)
            if row is None:
                raise UserNotFound("there is no such user")
            account = account_of_row(user_id, row)
            if account.email == likely_email:
                return account, is_locked
        if not can_be_key(account.email):
            return account, False
        self._addresses.put(user_id, account.email)
        return account, self.credentials_locked(account.email, deadline)

    def accounts(self, user_ids: Sequence[UUID], deadline: Deadline) -> list[Account]:
        """Those that there are, all asked for at once. Raises StoreUnavailable, CallAbandoned."""
        questions = [(_SELECT_USER, (user_id,)) for user_id in user_ids]
        answers = self._connection.rows_of_each(questions, deadline)
        return [
            account_of_row(user_id, rows[0])
            for user_id, rows in zip(user_ids, answers, strict=True)
            if rows
        ]

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """Whether these credentials are locked. Raises StoreUnavailable, CallAbandoned."""
        if not can_be_key(email):
            return False
        return _is_locked(self._connection.rows(_SELECT_LOCK, (email,), deadline))

    def owner(self, email: str, deadline: Deadline) -> UUID:
        """Whom this address signs in. Raises UserNotFound, StoreUnavailable, CallAbandoned."""
        found = can_be_key(email) and self._connection.first_row(SELECT_OWNER, (email,), deadline)
        if not found or found[0] is None:
            raise UserNotFound("there is no such user")
        owner: UUID = found[0]
        return owner

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        """Makes an account. Raises EmailTaken, InvalidField, StoreUnavailable, CallAbandoned."""
        if account.account_status == MODERATOR:
            moderator_index.add_moderator(self._connection, account.user_id, deadline)
        self._creation.create(account, credentials, deadline)

    def update_names(
        self, seen: Account, firstname: str, lastname: str, deadline: Deadline
    ) -> Account | None:
        """Changes names, and reads the account again. Raises StoreUnavailable, CallAbandoned."""
        if not self._changes.update_names(seen, firstname, lastname, deadline):
            return None
        level = consistency.of_reads(self._location)
        rows = self._connection.rows(_SELECT_USER, (seen.user_id,), deadline, level=level)
        return account_of_row(seen.user_id, rows[0]) if rows else None

    def set_status(self, seen: Account, account_status: str, deadline: Deadline) -> bool:
        """Changes the status. Raises StoreUnavailable, CallAbandoned."""
        if account_status == MODERATOR:
            moderator_index.add_moderator(self._connection, seen.user_id, deadline)
        return self._changes.set_status(seen, account_status, deadline)

    def record_sign_in(self, user_id: UUID, moment: int, deadline: Deadline) -> None:
        """Sets last_login_date. Raises StoreUnavailable, CallAbandoned."""
        self._changes.record_sign_in(user_id, moment, deadline)

    def moderators(self, deadline: Deadline) -> list[UUID]:
        """Users who were made moderators. Raises StoreUnavailable, CallAbandoned."""
        return moderator_index.moderators(self._connection, deadline)

    def begin_removal(self, user_id: UUID, deadline: Deadline) -> None:
        """Notes a removal. Raises StoreUnavailable, CallAbandoned."""
        self._changes.begin_removal(user_id, deadline)

    def removal_begun(self, user_id: UUID, deadline: Deadline) -> bool:
        """Whether one is noted. Raises StoreUnavailable, CallAbandoned."""
        return self._changes.removal_begun(user_id, deadline)

    def remove(self, user_id: UUID, deadline: Deadline) -> None:
        """Removes the row and the note. Raises StoreUnavailable, CallAbandoned."""
        self._changes.remove(user_id, deadline)

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

    def _row_and_lock(self, key: _Key, deadline: Deadline) -> _RowAndLock:
        user_id, email = key
        questions = [(_SELECT_USER, (user_id,)), (_SELECT_LOCK, (email,))]
        users, locks = self._connection.rows_of_each(questions, deadline)
        return users[0] if users else None, _is_locked(locks)

    def _rows_and_locks(self, keys: Sequence[_Key], deadline: Deadline) -> list[_RowAndLock]:
        ids, emails = zip(*keys, strict=True)
        questions = [(_SELECT_USERS, (ids,)), (_SELECT_LOCKS, (emails,))]
        users, locks = self._connection.rows_of_each(questions, deadline)
        row_of = {row[0]: row[1:] for row in users}
        lock_of = {row[0]: bool(row[1]) for row in locks}
        if not lock_of.keys() <= set(emails):
            raise StoreUnavailable("addresses are masked: it cannot be told whose the locks are")
        return [(row_of.get(user_id), lock_of.get(email, False)) for user_id, email in keys]


def _is_locked(rows: Rows) -> bool:
    return bool(rows) and bool(rows[0][0])


def _weight(_user_id: UUID, email: str) -> int:
    """Bytes that it takes in CPython: both objects, and their place in a dict."""
    return _ENTRY_BYTES + sys.getsizeof(email)


_ENTRY_BYTES = 150
