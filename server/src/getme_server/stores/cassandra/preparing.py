"""Prepares statements, and says what is missing for them."""

from cassandra import InvalidRequest
from cassandra.cluster import PreparedStatement, Session

from getme_server.stores.cassandra.failures import DRIVER_ERRORS, describe
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation


def prepare(session: Session, cql: str, location: CassandraLocation) -> PreparedStatement:
    """A statement whose tables are in the location's keyspace, written `{keyspace}.table`.

    Raises StoreNotReady if keyspace or table is missing, naming the command that makes them.
    """
    try:
        return session.prepare(cql.format(keyspace=location.keyspace))
    except InvalidRequest as missing:
        raise StoreNotReady(
            f"keyspace {location.keyspace} lacks what getme reads ({missing.args[0]});"
            " run: getme-server migrate"
        ) from missing
    except DRIVER_ERRORS as failed:
        raise StoreNotReady(f"the cluster does not answer: {describe(failed)}") from failed
