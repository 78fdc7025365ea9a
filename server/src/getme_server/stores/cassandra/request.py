"""One request to a cluster: sent, waited for and, where it only reads, sent to further nodes.

Instead of the driver's own speculative execution, whose timer for each request costs a fifth of a
read: the thread that waits anyway does the same for nothing. Instead of its retries, too: with a
frozen connection that it gives up, it would send again all that other nodes have answered long ago.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from cassandra.cluster import BoundStatement, ResponseFuture, Session
from cassandra.pool import Host
from cassandra.query import BatchStatement

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned, DeadlinePassed
from getme_server.stores.cassandra.answer import Answer, Rows
from getme_server.stores.cassandra.cluster import nodes_for
from getme_server.stores.cassandra.direct_read import MustBePreparedAnew, send_to_nearest
from getme_server.stores.cassandra.failures import DRIVER_ERRORS, describe
from getme_server.stores.location import CassandraLocation


class Request:
    """A query on its way since the request was made."""

    __slots__ = ("_answer", "_deadline", "_left_when_sent", "_node", "_query", "_sent", "_session")

    def __init__(
        self,
        session: Session,
        query: BoundStatement | BatchStatement,
        deadline: Deadline,
        *,
        reads_from: CassandraLocation | None = None,
    ) -> None:
        """reads_from: where, if it only reads.

        Raises StoreUnavailable, DeadlinePassed or CallAbandoned where it is of no use.
        """
        self._left_when_sent = deadline.remaining()
        if self._left_when_sent <= 0:
            raise _too_late(deadline, "no time is left to ask")
        self._session = session
        self._query = query
        self._deadline = deadline
        self._answer = Answer()
        self._node: Host | None = None
        self._sent: ResponseFuture | None = None
        if reads_from is not None:
            self._node = send_to_nearest(session, reads_from, query, self._answer)
        if self._node is None:
            self._sent = _send(session, query, self._answer)
        if not deadline.when_abandoned(self._answer.is_abandoned):
            raise CallAbandoned

    def rows(self) -> Rows:
        """The first page of the answer.

        Raises StoreUnavailable, DeadlinePassed, and CallAbandoned once nobody waits any more.
        """
        if not self._answer.wait(self._deadline.remaining()):
            raise _too_late(self._deadline, "no answer in time")
        return self._answer.rows()

    def ask_other_nodes_too(self, location: CassandraLocation, delay_seconds: float) -> None:
        """Waits, and sends a read that takes long, or has failed, to one node after the other.

        The first answer counts. To all, because a second node may wait for the first one itself.
        delay_seconds: how long a node may take, counted from when it was asked: of many requests
        to a frozen node, all but the first have waited long enough. 0: for ever.
        """
        delay = delay_seconds or self._left_when_sent
        patience = delay - (self._left_when_sent - self._deadline.remaining())
        others: Iterator[Host] | None = None
        while not self._has_outcome_within(patience) or self._answer.has_failed_so_far:
            if others is None:
                others = nodes_for(self._session, location, self._query)
            node = next((node for node in others if node not in self._asked()), None)
            if node is None or self._deadline.remaining() <= 0:
                return
            self._answer.expect_another()
            with suppress(StoreUnavailable):  # another may still answer
                _send(self._session, self._query, self._answer, node=node)
            patience = delay

    def _asked(self) -> Sequence[Host]:
        """The nodes that need not be asked again."""
        if self._sent is not None:
            asked: Sequence[Host] = self._sent.attempted_hosts
            return asked
        is_unprepared = isinstance(self._answer.last_failure, MustBePreparedAnew)
        return () if is_unprepared else (self._node,)

    def _has_outcome_within(self, seconds: float) -> bool:
        return self._answer.wait(max(0.0, min(seconds, self._deadline.remaining())))


def _send(
    session: Session, query: BoundStatement | BatchStatement, answer: Answer, *, node: Any = None
) -> ResponseFuture:
    """Sends a request whose outcome goes to answer. Raises StoreUnavailable."""
    try:
        request = session.execute_async(query, timeout=None, host=node)
    except DRIVER_ERRORS as failed:
        answer.has_failed(failed)
        raise StoreUnavailable(describe(failed)) from failed
    request.add_callbacks(answer.has_rows, answer.has_failed)
    return request


def _too_late(deadline: Deadline, cause: str) -> Exception:
    return DeadlinePassed() if deadline.is_callers else StoreUnavailable(cause)
