"""The list of moderators, because `users` cannot be asked for those of one status.

A user is added before the status is written, so that none is missed, and stays when it has another
one. Nothing is ever removed, so plain writes will do: whichever is the last, all say the same.
"""

from uuid import UUID

from getme_server.deadline import Deadline
from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement

SHARD = 0  # all are one partition
ADD_MODERATOR = "INSERT INTO {keyspace}.getme_moderators (shard, userid) VALUES (?, ?)"
_ADD = Statement(ADD_MODERATOR)
_SELECT = Statement(
    "SELECT userid FROM {keyspace}.getme_moderators WHERE shard = ?",
    is_read=True,
    sees_every_write=True,
    in_one_page=True,
)
MODERATOR_STATEMENTS = (_ADD, _SELECT)


def add_moderator(connection: CassandraConnection, user_id: UUID, deadline: Deadline) -> None:
    """Adds a user. Raises StoreUnavailable, CallAbandoned."""
    level = consistency.of_writes(connection.keyspace())
    connection.rows(_ADD, (SHARD, user_id), deadline, level=level)


def moderators(connection: CassandraConnection, deadline: Deadline) -> list[UUID]:
    """All that were ever added. Raises StoreUnavailable, CallAbandoned."""
    return [user_id for (user_id,) in connection.rows(_SELECT, (SHARD,), deadline)]
