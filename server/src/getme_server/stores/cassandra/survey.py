"""What a cluster tells of itself and of the keyspace, beyond what calls ask. Changes nothing."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID

from cassandra import InvalidRequest
from cassandra.cluster import Session

from getme_server.stores.cassandra import consistency
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.failures import DRIVER_ERRORS, describe
from getme_server.stores.cassandra.keyspace_state import KeyspaceState, keyspace_state
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.facts import MAX_REMOVALS, ClockDifference, ClusterFacts, StoreFacts
from getme_server.stores.location import CassandraLocation, CassandraLogin

_NOW = "SELECT toUnixTimestamp(now()) FROM system.local"
_REMOVALS = "SELECT userid FROM {keyspace}.getme_removals LIMIT {limit}"
_TICK_SECONDS = 0.001  # a node tells milliseconds
_ANY_DATA_CENTRE = ""


def survey(location: CassandraLocation, login: CassandraLogin) -> StoreFacts:
    """Raises StoreNotReady."""
    session = connect(location, login)
    try:
        state = keyspace_state(session, location.keyspace)
        return StoreFacts(
            pending=state.changes(),
            missing=[],  # without a table nothing can be asked, and there is no index
            removals=_removals(session, location),
            open_file=None,
            cluster=_cluster(session, location, state),
        )
    except DRIVER_ERRORS as failed:
        raise StoreNotReady(f"the cluster does not tell of itself: {describe(failed)}") from failed
    finally:
        session.cluster.shutdown()


def _removals(session: Session, location: CassandraLocation) -> list[UUID]:
    query = _REMOVALS.format(keyspace=location.keyspace, limit=MAX_REMOVALS)
    try:
        return [user_id for (user_id,) in session.execute(query)]
    except InvalidRequest:
        return []  # the table is pending


def _cluster(session: Session, location: CassandraLocation, state: KeyspaceState) -> ClusterFacts:
    nodes = Counter(str(host.datacenter) for host in session.cluster.metadata.all_hosts())
    replication = state.replication or {}
    strategy = replication.get("class", "").rpartition(".")[2]
    return ClusterFacts(
        strategy=strategy,
        copies=_copies(replication),
        nodes=nodes,
        local_dc=location.local_dc,
        consistency=location.consistency,
        is_weak=consistency.of_reads(location) != consistency.as_named(location),
        clocks=list(_clocks(session)),
    )


def _copies(replication: Mapping[str, str]) -> dict[str, int]:
    """By data centre. A strategy of one's own may say anything."""
    return {
        _ANY_DATA_CENTRE if name == "replication_factor" else name: int(count)
        for name, count in replication.items()
        if count.isdecimal()
    }


def _clocks(session: Session) -> Iterator[ClockDifference]:
    """Of the nodes that answer; those of other data centres are not talked to."""
    for host in session.cluster.metadata.all_hosts():
        begun = time.time()
        try:
            ((told,),) = session.execute(_NOW, host=host)
        except DRIVER_ERRORS:
            continue
        ended = time.time()
        ahead = told / 1000 - (begun + ended) / 2
        yield ClockDifference(host.address, ahead, (ended - begun) / 2 + _TICK_SECONDS)
