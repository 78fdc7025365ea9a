"""What the shape of a Cassandra cluster means for getme's promises."""

from collections.abc import Iterator

from getme.program.diagnosis.finding import Finding, Severity, warning
from getme_server.stores.facts import ClusterFacts

_SETTING = "GETME_STORE"
# Conditional writes are put in order by the nodes' clocks, and those who wait for one another are
# held up by a difference; 0.5 s is far more than NTP leaves.
_CLOCK_SECONDS = 0.5
_NETWORK = "NetworkTopologyStrategy"


def cluster_findings(cluster: ClusterFacts) -> Iterator[Finding]:
    """What will break, and what is weaker than it looks."""
    yield from _consistency(cluster)
    yield from _copies(cluster)
    yield from _data_centres(cluster)
    yield from _clocks(cluster)


def _consistency(cluster: ClusterFacts) -> Iterator[Finding]:
    if cluster.is_weak:
        yield warning(
            "consistency_weak",
            f"consistency={cluster.consistency} reads users from a node that may not have heard of"
            " a change yet, which undoes the promise of one second; use LOCAL_QUORUM",
            _SETTING,
        )


def _copies(cluster: ClusterFacts) -> Iterator[Finding]:
    lonely = sorted(name for name, count in cluster.copies.items() if count == 1)
    if lonely:
        where = f" in {', '.join(lonely)}" if lonely != [""] else ""
        yield warning(
            "one_copy",
            f"each row is on one node{where}: its users are refused while that node is down, and"
            " lost with its disk; ALTER KEYSPACE to three copies, then nodetool repair",
        )
    if cluster.strategy != _NETWORK:
        yield warning(
            "replication_unaware",
            f"the keyspace is replicated by {cluster.strategy}, which knows no data centres; ALTER"
            f" KEYSPACE to {_NETWORK}, then nodetool repair",
        )


def _data_centres(cluster: ClusterFacts) -> Iterator[Finding]:
    names = ", ".join(sorted(cluster.nodes))
    if cluster.strategy == _NETWORK:
        for name in sorted(cluster.copies.keys() - cluster.nodes.keys()):
            yield Finding(
                "data_centre_unknown",
                Severity.ERROR,
                f"the keyspace keeps copies in {name}, where the cluster has no node, so no write"
                f" is acknowledged; it has: {names}; ALTER KEYSPACE to these",
            )
        if cluster.local_dc is not None and cluster.local_dc not in cluster.copies:
            yield Finding(
                "data_centre_without_copies",
                Severity.ERROR,
                f"local_dc={cluster.local_dc} keeps no copy of the keyspace, so no read is"
                f" answered; name one of {', '.join(sorted(cluster.copies))}",
                _SETTING,
            )
    if cluster.local_dc is None and len(cluster.nodes) > 1:
        yield warning(
            "data_centre_unnamed",
            f"the cluster has {names}, and GETME_STORE names none as local_dc: the first node that"
            " answers decides where all is read",
            _SETTING,
        )


def _clocks(cluster: ClusterFacts) -> Iterator[Finding]:
    for clock in cluster.clocks:
        if abs(clock.ahead) > _CLOCK_SECONDS + clock.uncertain:
            which = "ahead of" if clock.ahead > 0 else "behind"
            yield warning(
                "clock_differs_from_store",
                f"the clock of {clock.node} is {abs(clock.ahead):.1f} s {which} ours: a later write"
                " may lose against an earlier one, and tokens end at another moment; synchronise"
                " both (chrony, systemd-timesyncd)",
            )
