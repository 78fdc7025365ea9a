"""Keeps revocations in Cassandra (the protocol of `tokens.revocation`).

A user's revocations are one partition: a row for each key, and a row for the moment before which
all tokens are revoked. So one read tells all about a token. A moment is a double, because
Cassandra's own timestamp cuts it to milliseconds.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from getme_server.deadline import Deadline
from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.change_log import CassandraChangeLog
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.cassandra.time_to_live import time_to_live
from getme_server.tokens.revocation import Revoked

_ALL_TOKENS = b""  # the key of the row with the moment; a token's key has 32 bytes
# Clusters may have a guardrail for what IN lists (in_select_cartesian_product_fail_threshold), and
# managed ones do. Who asks for more than this has several reads at the same time.
_KEYS_PER_QUERY = 20
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
    " WHERE userid = ? AND revocation_key IN ?",
    is_read=True,
    sees_every_write=True,
)
STATEMENTS = (_REVOKE_TOKEN, _REVOKE_USER, _SELECT_REVOKED)


class CassandraRevocationStore:
    """Revocations in a keyspace.

    Of two revocations of the same thing, the keep_seconds of the one that wins counts.
    """

    def __init__(self, connection: CassandraConnection, changes: CassandraChangeLog) -> None:
        self._connection = connection
        self._changes = changes

    def revoke_tokens(
        self,
        user_id: UUID,
        revocation_keys: Sequence[bytes],
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """Takes back what the keys name. Raises StoreUnavailable, CallAbandoned."""
        ttl = time_to_live(keep_seconds)
        writes = [(_REVOKE_TOKEN, (user_id, key, ttl)) for key in revocation_keys]
        if writes:
            self._write(writes, user_id, deadline)

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
        ttl = time_to_live(keep_seconds)
        values = (user_id, _ALL_TOKENS, float(issued_before), write_time, ttl)
        self._write([(_REVOKE_USER, values)], user_id, deadline)

    def revoked(
        self, user_id: UUID, revocation_keys: Sequence[bytes], deadline: Deadline
    ) -> Revoked:
        """What is known of the keys. Raises StoreUnavailable, CallAbandoned."""
        keys = [_ALL_TOKENS, *revocation_keys]
        if len(keys) <= _KEYS_PER_QUERY:
            rows = self._connection.rows(_SELECT_REVOKED, (user_id, keys), deadline)
        else:
            starts = range(0, len(keys), _KEYS_PER_QUERY)
            groups = [keys[start : start + _KEYS_PER_QUERY] for start in starts]
            questions = [(_SELECT_REVOKED, (user_id, group)) for group in groups]
            answers = self._connection.rows_of_each(questions, deadline)
            rows = list(chain.from_iterable(answers))
        found: dict[bytes, float | None] = dict(rows)
        issued_before = found.pop(_ALL_TOKENS, None)
        return Revoked(frozenset(found), issued_before)

    def _write(
        self, writes: Sequence[tuple[Statement, Sequence[Any]]], user_id: UUID, deadline: Deadline
    ) -> None:
        level = consistency.of_writes(self._connection.keyspace())
        with self._changes.announced(user_id, deadline):
            self._connection.batch(writes, deadline, level=level)
