"""One node of three answers late, slowly or never, while its connections seem to be sound.

It stands behind a proxy that listens at the address which the other nodes tell clients.
"""

from collections.abc import Iterator

import pytest

from tests.faults.three_nodes.callers import Callers, Phase
from tests.faults.three_nodes.footprint import SLACK, footprint, settled
from tests.faults.three_nodes.keyspace import USERS_TABLE
from tests.faults.three_nodes.lengths import Lengths
from tests.faults.three_nodes.promise import assert_unnoticed
from tests.servers.cassandra_cluster import ADDRESSES, CassandraCluster
from tests.servers.faulty_proxy import HEALTHY, Fault, FaultyProxy
from tests.servers.programs import Program

SLOW = 2
BEHIND_PROXY = "127.0.0.4"
# A second node is asked after 50 ms (GETME_CASSANDRA_SPECULATIVE_DELAY), at most once in each of
# the two reads of a call; the rest is what a busy machine adds.
P99_TIMES_CALM = 3
P99_FLOOR_SECONDS = 0.25
FAULTS = {
    "300 ms late": Fault(delay_seconds=0.3),
    "1 KB/s": Fault(bytes_per_second=1_024),
    "a black hole": Fault(is_deaf=True),
    "reset": Fault(resets=True),
}


@pytest.fixture(scope="module")
def proxy(cluster: CassandraCluster, cluster_store: str) -> Iterator[FaultyProxy]:
    """Before one node; it is restarted for that, and again at the end."""
    assert cluster_store
    cluster.revive()
    cluster.stop(SLOW)
    address = (ADDRESSES[SLOW], cluster.native_port)
    with FaultyProxy(address, (BEHIND_PROXY, cluster.native_port)) as proxy:
        cluster.start(SLOW, cql_address=BEHIND_PROXY)
        cluster.wait_until_agreed(USERS_TABLE)
        yield proxy
        cluster.stop(SLOW)
    cluster.start(SLOW)


@pytest.mark.parametrize("name", FAULTS)
def test_a_node_behind_a_bad_network_fails_no_call_and_slows_few(
    proxy: FaultyProxy, server: Program, callers: Callers, lengths: Lengths, name: str
) -> None:
    calm = callers.steady("calm, through a proxy", lengths.calm)
    before = footprint(server)
    with callers.phase(f"one node: {name}") as faulty:
        proxy.suffer(FAULTS[name])
        callers.call_on(lengths.fault)
    with callers.phase("it is well again") as healthy:
        proxy.suffer(HEALTHY)
        callers.call_on(lengths.calm)
    assert_unnoticed(calm, faulty, healthy)
    assert_few_are_slow(calm, faulty)
    assert settled(server, before).within(before, SLACK)


def assert_few_are_slow(calm: Phase, faulty: Phase) -> None:
    bound = max(P99_TIMES_CALM * calm.percentile(99), P99_FLOOR_SECONDS)
    assert faulty.percentile(99) <= bound, f"{faulty}; bound {bound:.3f} s"
