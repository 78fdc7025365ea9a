"""A whole installation at work while servers restart, keys change and a node is lost.

No call ends as its contract does not say, no process keeps growing, and what metrics show is what
the callers have counted, to the call.
"""

from functools import partial

import pytest

from tests.faults.freshness.lengths import is_long
from tests.faults.three_nodes.keyspace import USERS_TABLE
from tests.faults.three_nodes.whole_installation.crowd import Crowd
from tests.faults.three_nodes.whole_installation.holdings import Holdings
from tests.faults.three_nodes.whole_installation.lengths import Lengths
from tests.faults.three_nodes.whole_installation.servers import Installation, Server
from tests.faults.three_nodes.whole_installation.tally import Tally
from tests.faults.three_nodes.whole_installation.verdict import odd_outcomes, unequal_counts
from tests.servers.cassandra_cluster import CassandraCluster
from tests.waiting import until

RECONNECT_SECONDS = 2  # between two restarts (docs/operations.md, rolling upgrade)
KILLED = 1
# With the start of the nodes. The long form lasts twenty minutes.
TIMEOUT_SECONDS = 2_400 if is_long() else 300


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_an_installation_that_is_never_left_in_peace(
    whole_cluster: CassandraCluster,
    installation: Installation,
    lengths: Lengths,
    report: list[str],
) -> None:
    tally = Tally()
    with Crowd(installation, tally) as crowd:
        with Holdings(lambda: installation.programs) as holdings:
            crowd.go_on(lengths.calm)
            change_keys(installation, crowd)
            for server in installation.servers:
                restart(server, crowd)
            crowd.go_on(lengths.warm_up)
            lose_a_node(whole_cluster, crowd, tally, lengths)
            crowd.go_on(lengths.calm)
        crowd.stop()
        growths = holdings.growths(lengths)
        faults = [
            *odd_outcomes(tally),
            *unequal_counts(tally, installation, crowd.remembering),
            *(fault for growth in growths for fault in growth.faults(lengths)),
        ]
    report += [*map(str, growths), *tally.lines()]
    assert not faults, "\n".join(["", *faults, "", *tally.lines()])


def change_keys(installation: Installation, crowd: Crowd) -> None:
    key_id = installation.rotate_keys()
    for server in installation.servers:
        signs = partial(crowd.is_signed_with, key_id, server)
        assert until(signs), "the new key does not sign"


def restart(server: Server, crowd: Crowd) -> None:
    with crowd.resting(server):
        server.restart()
        assert until(lambda: server.counted_since_start.total() > 0), "clients did not come back"
    crowd.go_on(RECONNECT_SECONDS)


def lose_a_node(cluster: CassandraCluster, crowd: Crowd, tally: Tally, lengths: Lengths) -> None:
    tally.node_lost.set()
    cluster.kill(KILLED)
    crowd.go_on(lengths.fault)
    cluster.start(KILLED)
    cluster.wait_until_agreed(USERS_TABLE)
    tally.node_lost.clear()
