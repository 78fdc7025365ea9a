"""The way to a cluster: one session, its statements, and what is done when it does not answer.

A session is replaced as a whole when all of its nodes are gone for a while, because the driver
resolves host names only once: pods come back with new addresses.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from cassandra import ConsistencyLevel
from cassandra.cluster import PreparedStatement, Session
from cassandra.metadata import KeyspaceMetadata
from cassandra.query import BatchStatement, BatchType

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.stores.availability import Availability
from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.answer import Rows
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.preparing import prepare
from getme_server.stores.cassandra.request import Request
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraLogin

REPLACE_AFTER_SECONDS = 3.0  # the driver itself finds nodes that come back where they were

# Two data centres must agree on one order; with LOCAL_SERIAL each would have its own.
_SERIAL = ConsistencyLevel.SERIAL

_log = structlog.get_logger()


class _Current(NamedTuple):
    """A session and what was prepared in it."""

    session: Session
    prepared: Mapping[Statement, PreparedStatement]


class CassandraConnection:
    """Asks a cluster, for many threads at once.

    statements: all that will ever be asked. speculative_delay_seconds: how long a node may take
    before a read is sent to the next one as well; 0: for ever.
    """

    def __init__(
        self,
        location: CassandraLocation,
        login: CassandraLogin,
        statements: Sequence[Statement],
        availability: Availability,
        *,
        speculative_delay_seconds: float,
    ) -> None:
        """Connects to nothing yet."""
        self._location = location
        self._login = login
        self._statements = statements
        self._availability = availability
        self._speculative_delay_seconds = speculative_delay_seconds
        self._current: _Current | None = None
        self._connecting = threading.Lock()
        self._closed = False
        self._last_refusal = ""

    def connect(self) -> None:
        """Connects now. Raises StoreNotReady."""
        self._current = self._connected()

    def rows(
        self,
        statement: Statement,
        values: Sequence[Any],
        deadline: Deadline,
        *,
        level: int | None = None,
    ) -> Rows:
        """The first page of rows that a statement answers; none for a plain write.

        level: another consistency than the statement's own. A write that raises may have been
        carried out or not. Raises StoreUnavailable, at once while the store is away;
        DeadlinePassed; and CallAbandoned once nobody waits any more.
        """
        self._availability.require()
        rows = self._ask(statement, values, deadline, level)
        self._availability.answered(statement)
        return rows

    def look(self, statement: Statement, values: Sequence[Any], deadline: Deadline) -> None:
        """Asks whatever is known of the store: whether it is back.

        An answer that a call had to the same statement meanwhile counts, too. Raises
        StoreUnavailable.
        """
        begun = self._availability.moment()
        try:
            self._ask(statement, values, deadline, None)
        except StoreUnavailable:
            if not self._availability.was_answered(statement, since=begun):
                raise

    def rows_of_each(
        self, questions: Sequence[tuple[Statement, Sequence[Any]]], deadline: Deadline
    ) -> list[Rows]:
        """What rows answers for several statements and their values, all asked at the same time."""
        self._availability.require()
        requests = [self._send(*question, deadline, None) for question in questions]
        answers = []
        for request, (statement, _) in zip(requests, questions, strict=True):
            answers.append(self._answer_to(request, statement))
            self._availability.answered(statement)
        return answers

    def batch(
        self, writes: Sequence[tuple[Statement, Sequence[Any]]], deadline: Deadline, *, level: int
    ) -> Rows:
        """Carries out writes to one partition as one, all or none; raises as rows does."""
        self._availability.require()
        current = self._require_connected()
        # Unlogged: within one partition a batch is whole without a log.
        query = BatchStatement(
            BatchType.UNLOGGED, consistency_level=level, serial_consistency_level=_SERIAL
        )
        for statement, values in writes:
            query.add(current.prepared[statement], values)
        return Request(current.session, query, deadline).rows()

    def _ask(
        self, statement: Statement, values: Sequence[Any], deadline: Deadline, level: int | None
    ) -> Rows:
        return self._answer_to(self._send(statement, values, deadline, level), statement)

    def _send(
        self, statement: Statement, values: Sequence[Any], deadline: Deadline, level: int | None
    ) -> Request:
        current = self._require_connected()
        query = current.prepared[statement].bind(values)
        if level is not None:
            query.consistency_level = level
        reads_from = self._location if statement.is_read else None
        return Request(current.session, query, deadline, reads_from=reads_from)

    def _answer_to(self, request: Request, statement: Statement) -> Rows:
        if statement.is_read:
            request.ask_other_nodes_too(self._location, self._speculative_delay_seconds)
        return request.rows()

    def first_row(
        self, statement: Statement, values: Sequence[Any], deadline: Deadline
    ) -> tuple[Any, ...] | None:
        """The first row that a statement answers, or None; raises as rows does."""
        found = self.rows(statement, values, deadline)
        return found[0] if found else None

    def keyspace(self) -> KeyspaceMetadata | None:
        """How the keyspace is replicated, as the driver knows it now. Raises StoreUnavailable."""
        metadata = self._require_connected().session.cluster.metadata
        return metadata.keyspaces.get(self._location.keyspace.lower())

    def session(self) -> Session:
        """The session in use, for what is no statement of ours. Raises StoreUnavailable."""
        return self._require_connected().session

    def requests_in_flight(self) -> int:
        """How many requests no node has answered, those that nobody waits for any more among them.

        The driver's heartbeats too.
        """
        current = self._current
        if current is None:
            return 0
        pools = current.session.get_pool_state().values()
        return sum(number for pool in pools for number in pool["in_flights"])

    def replace_if_gone(self) -> None:
        """Connects anew, in the background, where there is nothing to lose by it."""
        gone = self._current is None or (self._availability.away_seconds() >= REPLACE_AFTER_SECONDS)
        if gone and not self._closed and self._connecting.acquire(blocking=False):
            threading.Thread(target=self._replace, name="cassandra-connect", daemon=True).start()

    def close(self) -> None:
        """Closes all connections to the cluster."""
        self._closed = True
        current, self._current = self._current, None
        if current is not None:
            current.session.cluster.shutdown()

    def _replace(self) -> None:
        try:
            fresh = self._connected()
        except StoreNotReady as refused:
            if str(refused) != self._last_refusal:  # once for each cause, not for each attempt
                self._last_refusal = str(refused)
                _log.warning("store_not_ready", reason=self._last_refusal)
            return
        finally:
            self._connecting.release()
        old = self._current
        if self._closed or (old is not None and self._availability.is_available):
            fresh.session.cluster.shutdown()  # it is not needed any more
            return
        self._current = fresh
        _log.info("store_connected")
        if old is not None:
            old.session.cluster.shutdown()

    def _connected(self) -> _Current:
        session = connect(self._location, self._login)
        try:
            prepared = {one: self._prepared(session, one) for one in self._statements}
        except BaseException:
            session.cluster.shutdown()
            raise
        return _Current(session, prepared)

    def _prepared(self, session: Session, statement: Statement) -> PreparedStatement:
        prepared = prepare(session, statement.cql, self._location)
        prepared.serial_consistency_level = _SERIAL
        if statement.sees_every_write:
            prepared.consistency_level = consistency.of_reads(self._location)
        if statement.in_one_page:
            prepared.fetch_size = None
        return prepared

    def _require_connected(self) -> _Current:
        current = self._current
        if current is None:
            raise StoreUnavailable("the cluster was not reached yet, or the connection is closed")
        return current
