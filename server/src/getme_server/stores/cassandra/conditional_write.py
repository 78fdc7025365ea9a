"""Conditional writes (lightweight transactions): of several that exclude each other, one is made.

A row that is written so is never written otherwise: a plain write bears the time of whoever sent
it, and with a clock that is ahead it would hide conditional writes that come later.
"""

from collections.abc import Sequence
from typing import Any

from cassandra import Timeout
from cassandra.connection import ConnectionException

from getme_server.deadline import Deadline
from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement

# What a conditional write, or a read at SERIAL, ends with that may have been carried out or not.
UNKNOWN_OUTCOMES = (Timeout, ConnectionException)


def outcome(
    connection: CassandraConnection, statement: Statement, values: Sequence[Any], deadline: Deadline
) -> tuple[Any, ...]:
    """Whether it was carried out; where it was not, behind that the columns of its conditions.

    The columns stand in the order of the table, and none where there is no row; those of an
    IF NOT EXISTS are all that the table has. All data centres have what was written.

    Raises StoreUnavailable, with one of UNKNOWN_OUTCOMES as its cause or no cause at all where it
    may have been carried out, DeadlinePassed and CallAbandoned.
    """
    level = consistency.of_writes(connection.keyspace())
    (answer,) = connection.rows(statement, values, deadline, level=level)
    return answer


def is_applied(
    connection: CassandraConnection, statement: Statement, values: Sequence[Any], deadline: Deadline
) -> bool:
    """Whether it was carried out; raises as outcome does."""
    return bool(outcome(connection, statement, values, deadline)[0])


def either_empty(value: str) -> tuple[str | None, str]:
    """What `column IN (?, ?)` takes for a text, of which a null is read as an empty one."""
    return value or None, value
