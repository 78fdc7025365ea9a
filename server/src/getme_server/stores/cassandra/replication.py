"""How many copies of a keyspace each data centre keeps: asked for in the URL, once.

https://cassandra.apache.org/doc/stable/cassandra/architecture/dynamo.html: replication strategy.
"""

from collections import Counter

from cassandra.cluster import Session

from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation

_STRATEGY = "NetworkTopologyStrategy"


def replication_of_new_keyspace(session: Session, location: CassandraLocation) -> dict[str, str]:
    """One copy in the local data centre unless the URL says otherwise.

    Raises StoreNotReady where the cluster has no such data centre, or fewer nodes there than
    copies are asked for: no majority of them would ever answer.
    """
    nodes = Counter(str(host.datacenter) for host in session.cluster.metadata.all_hosts())
    local_dc = location.local_dc or next(iter(nodes))
    copies = location.replication or {local_dc: 1}
    for data_centre, count in copies.items():
        if data_centre not in nodes:
            raise StoreNotReady(
                f"replication={data_centre}:{count} names no data centre of this cluster;"
                f" it has: {', '.join(sorted(nodes))}"
            )
        if count > nodes[data_centre]:
            raise StoreNotReady(
                f"replication={data_centre}:{count} asks for more copies than {data_centre} has"
                f" nodes, which is {nodes[data_centre]}"
            )
    return {"class": _STRATEGY} | {name: str(count) for name, count in copies.items()}


def differing_replication(
    replication: dict[str, str] | None, location: CassandraLocation
) -> list[str]:
    """A line where a keyspace is replicated in another way than the URL asks for."""
    asked = {name: str(count) for name, count in location.replication.items()}
    if replication is None or not asked:
        return []
    copies = {name: count for name, count in replication.items() if name != "class"}
    strategy = replication["class"].rpartition(".")[2]
    if strategy == _STRATEGY and copies == asked:
        return []
    kept = f"keyspace {location.keyspace} is there and keeps its replication"
    return [f"{kept} ({strategy} {_listed(copies)}); {_listed(asked)} counts for a new keyspace"]


def _listed(copies: dict[str, str]) -> str:
    return ",".join(f"{name}:{count}" for name, count in copies.items())
