"""Keeps revocations in Cassandra (the protocol of `tokens.revocation`).

A user's revocations are one partition: a row for each token, and a row for the moment before which
all tokens are revoked. So one read tells all about a token. A moment is a double, because
Cassandra's own timestamp cuts it to milliseconds.
"""

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cassandra.cluster import PreparedStatement, Session

from getme_server.deadline import Deadline
from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.queries import execute, prepare
from getme_server.stores.cassandra.revocation_log import CassandraRevocationLog
from getme_server.stores.location import CassandraLocation
from getme_server.tokens.revocation import Revocation, Revoked

_ALL_TOKENS = b""  # the key of the row with the moment; a token's key has 32 bytes
# Cassandra refuses a TTL that ends after 2038 (CASSANDRA-14092; Cassandra 5 does too, unless its
# storage_compatibility_mode is changed). What must be kept for longer than this is kept for ever.
MAX_TTL_SECONDS = 366 * 86_400
_NO_TTL = 0
_MICROSECONDS = 1_000_000

_REVOKE_TOKEN = (
    "INSERT INTO {keyspace}.getme_revocations (userid, revocation_key) VALUES (?, ?) USING TTL ?"
)
_REVOKE_USER = (
    "INSERT INTO {keyspace}.getme_revocations (userid, revocation_key, issued_before)"
    " VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?"
)
_SELECT_REVOKED = (
    "SELECT revocation_key, issued_before FROM {keyspace}.getme_revocations"
    " WHERE userid = ? AND revocation_key IN (?, ?)"
)


class CassandraRevocationStore:
    """Revocations in a keyspace.

    Of two revocations of the same thing, the keep_seconds of the one that wins counts.
    """

    def __init__(self, session: Session, location: CassandraLocation) -> None:
        """Raises StoreNotReady if a table is not there."""
        self._session = session
        self._location = location
        self._log = CassandraRevocationLog(session, location)
        self._revoke_token = prepare(session, _REVOKE_TOKEN, location)
        self._revoke_user = prepare(session, _REVOKE_USER, location)
        self._select_revoked = prepare(session, _SELECT_REVOKED, location)
        self._select_revoked.is_idempotent = True
        self._select_revoked.consistency_level = consistency.of_reads(location)

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
        self._write(self._revoke_token, values, user_id, deadline)

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
        self._write(self._revoke_user, values, user_id, deadline)

    def revoked(self, user_id: UUID, revocation_key: bytes, deadline: Deadline) -> Revoked:
        """What is known of a token. Raises StoreUnavailable, CallAbandoned."""
        keys = (user_id, revocation_key, _ALL_TOKENS)
        found = dict(execute(self._session, self._select_revoked, keys, deadline))
        return Revoked(revocation_key in found, found.get(_ALL_TOKENS))

    def last_position(self, deadline: Deadline) -> int:
        """The place of the newest entry of the log. Raises StoreUnavailable, CallAbandoned."""
        return self._log.last_position(deadline)

    def log_after(self, position: int, deadline: Deadline) -> list[Revocation]:
        """The entries after a place, oldest first. Raises StoreUnavailable, CallAbandoned."""
        return self._log.after(position, deadline)

    def _write(
        self,
        statement: PreparedStatement,
        values: Sequence[Any],
        user_id: UUID,
        deadline: Deadline,
    ) -> None:
        level = consistency.of_writes(self._session, self._location)
        execute(self._session, statement, values, deadline, consistency=level)
        # The log comes second: who sees the entry reads the row again. The other way round it
        # could read the row before it is there, and remember that answer.
        self._log.append(user_id, deadline)


def _ttl(keep_seconds: float | None) -> int:
    """Whole seconds, one at least: Cassandra takes 0 for no TTL."""
    if keep_seconds is None or keep_seconds > MAX_TTL_SECONDS:
        return _NO_TTL
    return max(1, math.ceil(keep_seconds))
