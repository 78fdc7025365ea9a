"""Keeps revocations in Cassandra (the protocol of `tokens.revocation`).

A user's revocations are one partition: a row for each token, and a row for the moment before which
all tokens are revoked. So one read tells all about a token. A moment is a double, because
Cassandra's own timestamp cuts it to milliseconds.
"""

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from getme_server.deadline import Deadline
from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.revocation_log import LOG_STATEMENTS, CassandraRevocationLog
from getme_server.stores.cassandra.statement import Statement
from getme_server.tokens.revocation import Revocation, Revoked

_ALL_TOKENS = b""  # the key of the row with the moment; a token's key has 32 bytes
# Cassandra refuses a TTL that ends after 2038 (CASSANDRA-14092; Cassandra 5 does too, unless its
# storage_compatibility_mode is changed). What must be kept for longer than this is kept for ever.
MAX_TTL_SECONDS = 366 * 86_400
_NO_TTL = 0
_MICROSECONDS = 1_000_000

_REVOKE_TOKEN = Statement(
    "INSERT INTO {keyspace}.getme_revocations (userid, revocation_key) VALUES (?, ?) USING TTL ?"
)
_REVOKE_USER = Statement(
    "INSERT INTO {keyspace}.getme_revocations (userid, revocation_key, issued_before)"
    " VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?"
)
_SELECT_REVOKED = Statement(
    "SELECT revocation_key, issued_before FROM {keyspace}.getme_revocations"
    " WHERE userid = ? AND revocation_key IN (?, ?)",
    is_read=True,
    sees_every_write=True,
)
STATEMENTS = (_REVOKE_TOKEN, _REVOKE_USER, _SELECT_REVOKED, *LOG_STATEMENTS)


class CassandraRevocationStore:
    """Revocations in a keyspace.

    Of two revocations of the same thing, the keep_seconds of the one that wins counts.
    """

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        self._log = CassandraRevocationLog(connection)

    def revoke_token(
        self,
        user_id: UUID,
        revocation_key: bytes,
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """Takes one token back. Raises StoreUnavailable, CallAbandoned."""
        values = (user_id, revocation_key, _ttl(keep_seconds))
        self._write(_REVOKE_TOKEN, values, user_id, deadline)

    def revoke_user_tokens(
        self,
        user_id: UUID,
        issued_before: float,
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """Takes back what was issued before a moment. Raises StoreUnavailable, CallAbandoned."""
        # Cassandra keeps the cell with the highest write time: with the moment as write time that
        # is the latest moment, whichever arrives last, and without reading first. Of two moments
        # in one microsecond it keeps the greater value.
        write_time = round(issued_before * _MICROSECONDS)
        values = (user_id, _ALL_TOKENS, float(issued_before), write_time, _ttl(keep_seconds))
        self._write(_REVOKE_USER, values, user_id, deadline)

    def revoked(self, user_id: UUID, revocation_key: bytes, deadline: Deadline) -> Revoked:
        """What is known of a token. Raises StoreUnavailable, CallAbandoned."""
        keys = (user_id, revocation_key, _ALL_TOKENS)
        found: dict[bytes, float | None] = dict(
            self._connection.rows(_SELECT_REVOKED, keys, deadline)
        )
        return Revoked(revocation_key in found, found.get(_ALL_TOKENS))

    def last_position(self, deadline: Deadline) -> int:
        """The place of the newest entry of the log. Raises StoreUnavailable, CallAbandoned."""
        return self._log.last_position(deadline)

    def log_after(self, position: int, deadline: Deadline) -> list[Revocation]:
        """The entries after a place, oldest first. Raises StoreUnavailable, CallAbandoned."""
        return self._log.after(position, deadline)

    def _write(
        self,
        statement: Statement,
        values: Sequence[Any],
        user_id: UUID,
        deadline: Deadline,
    ) -> None:
        level = consistency.of_writes(self._connection.keyspace())
        self._connection.rows(statement, values, deadline, level=level)
        # The log comes second: who sees the entry reads the row again. The other way round it
        # could read the row before it is there, and remember that answer.
        self._log.append(user_id, deadline)


def _ttl(keep_seconds: float | None) -> int:
    """Whole seconds, one at least: Cassandra takes 0 for no TTL."""
    if keep_seconds is None or keep_seconds > MAX_TTL_SECONDS:
        return _NO_TTL
    return max(1, math.ceil(keep_seconds))
