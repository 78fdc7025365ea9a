"""One node of three is lost and comes back: no caller notices, since two of three are a quorum."""

from cassandra.cluster import Cluster

from tests.faults.three_nodes.callers import Callers
from tests.faults.three_nodes.footprint import SLACK, footprint, settled
from tests.faults.three_nodes.keyspace import USERS_TABLE
from tests.faults.three_nodes.lengths import Lengths
from tests.faults.three_nodes.promise import assert_unnoticed
from tests.servers.cassandra_cluster import ADDRESSES, CassandraCluster
from tests.servers.programs import Program


def test_a_killed_node_and_its_return_fail_no_call(
    whole_cluster: CassandraCluster, server: Program, callers: Callers, lengths: Lengths
) -> None:
    calm = callers.steady("calm", lengths.calm)
    before = footprint(server)
    with callers.phase("one node is killed") as killed:
        whole_cluster.kill(1)
        callers.call_on(lengths.fault)
    with callers.phase("it comes back") as back:
        whole_cluster.start(1)
        whole_cluster.wait_until_agreed(USERS_TABLE)
    after = callers.steady("calm again", lengths.calm)
    assert_unnoticed(calm, killed, back, after)
    assert settled(server, before).within(before, SLACK)


def test_a_frozen_node_fails_no_call(
    whole_cluster: CassandraCluster, server: Program, callers: Callers, lengths: Lengths
) -> None:
    calm = callers.steady("calm", lengths.calm)
    before = footprint(server)
    with callers.phase("one node is frozen") as frozen:
        whole_cluster.freeze(2)
        try:
            callers.call_on(lengths.frozen)
        finally:
            whole_cluster.resume(2)
    with callers.phase("it goes on") as resumed:
        whole_cluster.wait_until_agreed(USERS_TABLE)
        callers.call_on(lengths.fault)  # the nodes may agree before a single call was made
    after = callers.steady("calm again", lengths.calm)
    assert_unnoticed(calm, frozen, resumed, after)
    assert settled(server, before).within(before, SLACK)


def test_restarting_each_node_in_turn_fails_no_call_though_it_forgets_prepared_statements(
    whole_cluster: CassandraCluster, server: Program, callers: Callers, lengths: Lengths
) -> None:
    calm = callers.steady("calm", lengths.calm)
    before = footprint(server)
    with callers.phase("each node restarts in turn") as rolling:
        for number, address in enumerate(ADDRESSES):
            forget_prepared_statements(address, whole_cluster.native_port)
            whole_cluster.stop(number)
            whole_cluster.start(number)
            whole_cluster.wait_until_agreed(USERS_TABLE)
    after = callers.steady("calm again", lengths.calm)
    assert_unnoticed(calm, rolling, after)
    assert settled(server, before).within(before, SLACK)


def forget_prepared_statements(address: str, native_port: int) -> None:
    """A node loads what clients have prepared from a table of its own when it starts."""
    with Cluster([address], port=native_port, protocol_version=4) as one:
        host = one.metadata.get_host(address, native_port)
        one.connect().execute("TRUNCATE system.prepared_statements", host=host, timeout=30)
