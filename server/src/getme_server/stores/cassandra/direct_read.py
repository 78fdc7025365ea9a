"""A read sent to the nearest node by the driver's connections alone, without its ResponseFuture.

That object plans, times out, retries and pages, none of which `request` needs of it. One read in a
thread costs 109 us of CPU without it and 159 with it (same run, medians; the driver alone 64 and
108). Whatever is not as usual is left to the driver's own way: this only says that it was not sent.

Goes by what ResponseFuture._query and _set_result do (cassandra-driver 3.30).
"""

from functools import partial
from typing import Any

from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    BoundStatement,
    NoConnectionsAvailable,
    Session,
)
from cassandra.connection import Connection, ConnectionBusy, ConnectionException
from cassandra.pool import Host, HostConnection
from cassandra.protocol import ExecuteMessage, PreparedQueryNotFound, ProtocolHandler
from cassandra.query import FETCH_SIZE_UNSET

from getme_server.stores.cassandra.answer import Answer
from getme_server.stores.cassandra.cluster import nodes_for
from getme_server.stores.location import CassandraLocation

_NO_WAIT_SECONDS = 0.0  # for a place on a connection
_NOT_NOW = (ConnectionException, ConnectionBusy, NoConnectionsAvailable)


class MustBePreparedAnew(Exception):
    """The node has forgotten the statement; the driver's own way prepares it there again."""


def send_to_nearest(
    session: Session, location: CassandraLocation, query: BoundStatement, answer: Answer
) -> Host | None:
    """The node that was asked, whose outcome goes to answer; None: none could be asked this way."""
    node = next(nodes_for(session, location, query), None)
    pool: HostConnection | None = session._pools.get(node)  # noqa: SLF001  # has no public look-up
    if pool is None or pool.is_shutdown:
        return None
    try:
        connection, request_id = pool.borrow_connection(timeout=_NO_WAIT_SECONDS)
    except _NOT_NOW:
        return None
    try:
        connection.send_msg(
            _message(session, query),
            request_id,
            cb=partial(_take, answer, pool, connection),
            encoder=ProtocolHandler.encode_message,
            decoder=ProtocolHandler.decode_message,
            result_metadata=query.prepared_statement.result_metadata,
        )
    except _NOT_NOW:
        pool.return_connection(connection)
        return None
    return node


def _message(session: Session, query: BoundStatement) -> ExecuteMessage:
    level = query.consistency_level
    if level is None:
        level = session.get_execution_profile(EXEC_PROFILE_DEFAULT).consistency_level
    size = query.fetch_size
    prepared = query.prepared_statement
    return ExecuteMessage(
        prepared.query_id,
        query.values,
        level,
        fetch_size=session.default_fetch_size if size is FETCH_SIZE_UNSET else size,
        skip_meta=bool(prepared.result_metadata),
        result_metadata_id=prepared.result_metadata_id,
    )


def _take(answer: Answer, pool: HostConnection, connection: Connection, response: Any) -> None:
    """Takes what came back, on the driver's event loop: rows, the node's refusal, or no node."""
    pool.return_connection(connection)
    if isinstance(response, PreparedQueryNotFound):
        answer.has_failed(MustBePreparedAnew("the node does not know the statement"))
    elif isinstance(response, Exception):
        to_exception = getattr(response, "to_exception", None)
        answer.has_failed(to_exception() if to_exception else response)
    else:
        answer.has_rows(response.parsed_rows)
