"""Takes whole files of accounts into Cassandra (the protocol of `accounts.store`).

Rows come in chunks: which of their keys are there is asked first, then the others are written with
the timestamp of the moment when the import began. So whatever anybody writes or deletes between the
question and the write, or later, wins over the file, without a lightweight transaction for each
row. All of it may be repeated: it is the same timestamp and the same values each time.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from cassandra import OperationTimedOut, Timeout, Unavailable
from cassandra.cluster import NoHostAvailable, PreparedStatement, Session
from cassandra.concurrent import execute_concurrent
from cassandra.connection import ConnectionException
from cassandra.protocol import IsBootstrappingErrorMessage, OverloadedErrorMessage
from cassandra.query import UNSET_VALUE, BatchStatement, BatchType

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.roles import MODERATOR
from getme_server.accounts.store import ImportCount
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.failures import describe
from getme_server.stores.cassandra.moderator_index import ADD_MODERATOR, SHARD
from getme_server.stores.cassandra.preparing import prepare
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraLogin

_REQUEST_TIMEOUT_SECONDS = 10
_ROWS_AT_ONCE = 2_000
_KEYS_PER_QUERY = 20  # what managed clusters let IN have of partition keys (a guardrail of Astra's)
# An unlogged batch only saves messages here: ten rows in one take 28 us of our CPU time each, alone
# 160. The server warns of more than 10 partitions in a batch and of 5 KiB, which ten rows seldom
# have, and refuses 50 KiB, which the limits of csv_import keep them under (cassandra.yaml).
_ROWS_PER_BATCH = 10
_IN_FLIGHT = 32
_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.5  # doubled after each attempt, so that it gives up after 8 s of pauses

# The same statement may succeed later, and may be repeated whether or not it was carried out.
_PASSING_FAULTS = (
    Timeout,
    OperationTimedOut,
    Unavailable,
    OverloadedErrorMessage,
    IsBootstrappingErrorMessage,
    ConnectionException,
    NoHostAvailable,
)

_FIND_USERS = "SELECT userid FROM {keyspace}.users WHERE userid IN ?"
_FIND_CREDENTIALS = "SELECT email FROM {keyspace}.user_credentials WHERE email IN ?"
_ADD_USER = (
    "INSERT INTO {keyspace}.users"
    " (userid, firstname, lastname, email, account_status, created_date, last_login_date)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
_ADD_CREDENTIALS = (
    "INSERT INTO {keyspace}.user_credentials (email, password, userid, account_locked)"
    " VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)

_Key = UUID | str
_Row = tuple[Any, ...]  # its first value is its partition key
_Statement = tuple[Any, _Row | None]  # a prepared statement and its values, or a batch
_Record = TypeVar("_Record", Account, Credentials)
_Value = TypeVar("_Value")


class _Table(NamedTuple):
    """The statements for one table: `find` takes a list of keys, `add` a row and a timestamp."""

    find: PreparedStatement
    add: PreparedStatement


class CassandraImportStore:
    """Adds files chunk by chunk. After a failure the same import completes what is missing."""

    def __init__(self, location: CassandraLocation, login: CassandraLogin) -> None:
        """Raises StoreNotReady if the cluster, the keyspace or a table is not there."""
        self._began_microseconds = time.time_ns() // 1_000
        self._session = connect(location, login, request_timeout_seconds=_REQUEST_TIMEOUT_SECONDS)
        try:
            self._users = self._table(_FIND_USERS, _ADD_USER, location)
            self._credentials = self._table(_FIND_CREDENTIALS, _ADD_CREDENTIALS, location)
            self._add_moderator = prepare(self._session, ADD_MODERATOR, location)
        except BaseException:
            self.close()
            raise

    def add_accounts(self, accounts: Iterable[Account]) -> ImportCount:
        """Adds those whose user_id is not there yet. Raises StoreUnavailable, StoreNotReady."""
        return self._add(self._users, self._with_moderators_listed(accounts), _user_row)

    def add_credentials(self, credentials: Iterable[Credentials]) -> ImportCount:
        """Adds those whose email is not there yet. Raises StoreUnavailable, StoreNotReady."""
        return self._add(self._credentials, credentials, _credentials_row)

    def close(self) -> None:
        """Closes all connections to the cluster."""
        self._session.cluster.shutdown()

    def _with_moderators_listed(self, accounts: Iterable[Account]) -> Iterator[Account]:
        """The accounts, of which moderators are listed first, whether or not they are there.

        So an import that is made again lists those, too, that were there before the list was.
        """
        remaining = iter(accounts)
        while chunk := list(itertools.islice(remaining, _ROWS_AT_ONCE)):
            moderators = [one.user_id for one in chunk if one.account_status == MODERATOR]
            _run(self._session, [(self._add_moderator, (SHARD, one)) for one in moderators])
            yield from chunk

    def _table(self, find: str, add: str, location: CassandraLocation) -> _Table:
        return _Table(
            find=prepare(self._session, find, location), add=prepare(self._session, add, location)
        )

    def _add(
        self, table: _Table, records: Iterable[_Record], row_of: Callable[[_Record], _Row]
    ) -> ImportCount:
        added = kept = 0
        remaining = iter(records)
        while chunk := list(itertools.islice(remaining, _ROWS_AT_ONCE)):
            rows: dict[_Key, _Row] = {row[0]: row for row in map(row_of, chunk)}
            present = self._present(table, list(rows))
            absent = [row for key, row in rows.items() if key not in present]
            self._write(table, absent)
            added += len(absent)
            kept += len(chunk) - len(absent)
        return ImportCount(added=added, kept=kept)

    def _present(self, table: _Table, keys: Sequence[_Key]) -> set[_Key]:
        """Those of the keys that have a row."""
        queries = [(table.find, (group,)) for group in _groups(keys, _KEYS_PER_QUERY)]
        present = {key for rows in _run(self._session, queries) for (key,) in rows}
        if not present.issubset(keys):
            # With a masked key every row would seem absent, and would be written over.
            raise StoreNotReady(
                "the database role reads masked keys; grant it UNMASK on the keyspace"
            )
        return present

    def _write(self, table: _Table, rows: Sequence[_Row]) -> None:
        batches = []
        for group in _groups(rows, _ROWS_PER_BATCH):
            batch = BatchStatement(BatchType.UNLOGGED)
            for row in group:
                batch.add(table.add, (*row, self._began_microseconds))
            batches.append((batch, None))
        _run(self._session, batches)


def _run(session: Session, statements: Sequence[_Statement]) -> list[Iterable[_Row]]:
    """The rows that the statements answer, in any order of statements.

    Repeats what may succeed later. Raises StoreUnavailable.
    """
    answers: list[Iterable[_Row]] = []
    pause_seconds = _FIRST_PAUSE_SECONDS
    for attempts_left in reversed(range(_ATTEMPTS)):
        outcomes = execute_concurrent(
            session, statements, concurrency=_IN_FLIGHT, raise_on_first_error=False
        )
        answers += [answer for succeeded, answer in outcomes if succeeded]
        errors = [answer for succeeded, answer in outcomes if not succeeded]
        if not errors:
            break
        grave = [error for error in errors if not isinstance(error, _PASSING_FAULTS)]
        if grave or not attempts_left:
            error = (grave or errors)[0]
            raise StoreUnavailable(describe(error)) from error
        statements = [
            statement
            for statement, (succeeded, _) in zip(statements, outcomes, strict=True)
            if not succeeded
        ]
        time.sleep(pause_seconds)
        pause_seconds *= 2
    return answers


def _groups(values: Sequence[_Value], size: int) -> Iterator[list[_Value]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


def _user_row(account: Account) -> _Row:
    """The row of an account, by the columns of _ADD_USER.

    A null is left unset: a bound null would leave a tombstone, an empty text would be no null.
    """
    user_id, firstname, lastname, email, account_status, created_date, last_login_date = account
    return (
        user_id,
        firstname or UNSET_VALUE,
        lastname or UNSET_VALUE,
        email or UNSET_VALUE,
        account_status or UNSET_VALUE,
        UNSET_VALUE if created_date is None else created_date,
        UNSET_VALUE if last_login_date is None else last_login_date,
    )


def _credentials_row(credentials: Credentials) -> _Row:
    email, password, user_id, account_locked = credentials
    return email, password or UNSET_VALUE, user_id, account_locked
