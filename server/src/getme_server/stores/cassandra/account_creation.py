"""Makes an account in KillrVideo's two tables so that one of any number of creators wins.

There is no transaction over two tables, so one conditional write decides: whose user ID the row of
the address in `user_credentials` holds. The row in `users` comes before it, under a user ID that
nobody was told yet, so that an address that is taken always has its account:

    a crash before or in                leaves behind                   which means
    the row of `users`                  nothing, or that row            the address is free
    the row of `user_credentials`       that row, or both               free, or the account is made
    the removal of a loser's row        that row                        the address is the winner's

A row of `users` that is left so signs nobody in, and the same call, made again, finishes or removes
it. The other way round the crash would leave an address that belongs to nobody; it would need a
time to live, which a slow creator outlives, and a third write to end it.

A conditional write that timed out was carried out or not, and one whose connection broke may still
be. The row is then read at SERIAL, which settles what a majority has agreed to, and written again
if it is not there: with our user ID in it, it may be written any number of times.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from cassandra import ConsistencyLevel
from cassandra.query import UNSET_VALUE

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import EmailTaken, OutcomeUnknown, StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned, InvalidField
from getme_server.stores.cassandra.conditional_write import UNKNOWN_OUTCOMES, is_applied
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement


class _Row(NamedTuple):
    """How a row is made where there is none; its partition key is the first value of both."""

    insert: Statement
    find: Statement


# What is found is read by its own statement: the refusal of a conditional write tells all columns,
# of which a cluster may have more than these.
SELECT_OWNER = Statement(
    "SELECT userid FROM {keyspace}.user_credentials WHERE email = ?",
    is_read=True,
    sees_every_write=True,
)
_CREDENTIALS = _Row(
    Statement(
        "INSERT INTO {keyspace}.user_credentials (email, password, userid, account_locked)"
        " VALUES (?, ?, ?, ?) IF NOT EXISTS"
    ),
    SELECT_OWNER,
)
_USER = _Row(
    # Conditional, too: who repeats the call must not undo what was changed since.
    Statement(
        "INSERT INTO {keyspace}.users (userid, firstname, lastname, email, account_status,"
        " created_date, last_login_date) VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
    ),
    Statement(
        "SELECT email FROM {keyspace}.users WHERE userid = ?", is_read=True, sees_every_write=True
    ),
)
# Only what this call, or one like it, has made: never a row that was there before.
_REMOVE_USER = Statement(
    "DELETE FROM {keyspace}.users WHERE userid = ? IF email = ? AND created_date = ?"
)
CREATION_STATEMENTS = (*_CREDENTIALS, *_USER, _REMOVE_USER)


class CassandraAccountCreation:
    """Makes accounts, each whole or, to all who look for its address, not at all."""

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        """As `AccountStore.create`."""
        self._refuse_early(account, deadline)
        stored = self._found(account, deadline) or self._made_or_found(_USER, account, deadline)
        if stored is not None and stored[0] != account.email:
            raise InvalidField({"user_id": "belongs to another account"})
        try:
            owner = self._made_or_found(_CREDENTIALS, credentials, deadline)
        except StoreUnavailable as failed:
            raise OutcomeUnknown(failed.cause) from failed
        if owner is not None and owner[0] != account.user_id:
            self._remove(account, deadline)
            raise EmailTaken

    def _refuse_early(self, account: Account, deadline: Deadline) -> None:
        """Raises EmailTaken where that is known already; decides nothing otherwise.

        So the usual refusal writes nothing, least of all a name beside somebody else's address.
        """
        owner = self._connection.first_row(SELECT_OWNER, (account.email,), deadline)
        if owner is not None and owner[0] != account.user_id:
            self._remove(account, deadline)
            raise EmailTaken

    def _found(self, account: Account, deadline: Deadline) -> tuple[Any, ...] | None:
        """The row of this user ID, where it is known already.

        A conditional write that finds one tells all its columns, and a date that the driver cannot
        decode costs it the connection to that node.
        """
        return self._connection.first_row(_USER.find, (account.user_id,), deadline)

    def _made_or_found(
        self, row: _Row, values: Sequence[Any], deadline: Deadline
    ) -> tuple[Any, ...] | None:
        """None once the row is made; what is found where there was one, maybe this very one.

        Raises StoreUnavailable, after which the row may have been made or not.
        """
        while True:
            with _outcome_may_be_unknown():
                cells = [_cell(value) for value in values]
                if is_applied(self._connection, row.insert, cells, deadline):
                    return None
            with _outcome_may_be_unknown():
                level = ConsistencyLevel.SERIAL
                found = self._connection.rows(row.find, values[:1], deadline, level=level)
                if found:
                    return found[0]

    def _remove(self, account: Account, deadline: Deadline) -> None:
        """Removes what a creator who has lost left in `users`; where that fails, it does no harm.

        Also what an earlier try of the same call left, which had no time to.
        """
        with suppress(StoreUnavailable, CallAbandoned):
            if self._found(account, deadline):
                values = (account.user_id, account.email, account.created_date)
                is_applied(self._connection, _REMOVE_USER, values, deadline)


@contextmanager
def _outcome_may_be_unknown() -> Iterator[None]:
    """Goes on after what may have been carried out or not."""
    try:
        yield
    except StoreUnavailable as failed:
        if not isinstance(failed.__cause__, UNKNOWN_OUTCOMES):
            raise


def _cell(value: Any) -> Any:
    """A null is left unset: a bound null would leave a tombstone, an empty text would be none."""
    return UNSET_VALUE if value is None or value == "" else value
