"""Which consistency lets a later read see what was acknowledged, whatever data centre it is in.

Reads stay in their own data centre (LOCAL_QUORUM), so writes must reach a majority in each.
"""

from cassandra import ConsistencyLevel
from cassandra.metadata import KeyspaceMetadata, NetworkTopologyStrategy

from getme_server.stores.location import CassandraLocation

# Those that may miss what a majority of each data centre has acknowledged.
_TOO_WEAK = frozenset({"ONE", "TWO", "THREE", "LOCAL_ONE"})


def of_reads(location: CassandraLocation) -> int:
    """What the URL names, and LOCAL_QUORUM at least."""
    if location.consistency in _TOO_WEAK:
        return int(ConsistencyLevel.LOCAL_QUORUM)
    return as_named(location)


def as_named(location: CassandraLocation) -> int:
    """What the URL names, at which users are read."""
    return int(ConsistencyLevel.name_to_value[location.consistency])


def of_writes(keyspace: KeyspaceMetadata | None) -> int:
    """EACH_QUORUM, or QUORUM where the keyspace is replicated without regard to data centres.

    Cassandra refuses a conditional write at EACH_QUORUM there (SimpleStrategy), and LOCAL_QUORUM
    means a majority of all copies. Asked for each write, because a keyspace can be altered.
    """
    if keyspace and isinstance(keyspace.replication_strategy, NetworkTopologyStrategy):
        return int(ConsistencyLevel.EACH_QUORUM)
    return int(ConsistencyLevel.QUORUM)
