"""A node of Cassandra is killed and comes back; in the long form only, for three nodes start."""

from pathlib import Path

from tests.faults.freshness.installation import Server, installed, server_settings
from tests.faults.freshness.lengths import Lengths
from tests.faults.freshness.scene import Scene
from tests.faults.freshness.verdict import judge
from tests.faults.three_nodes.keyspace import USERS_TABLE, make_store
from tests.servers.cassandra_cluster import CassandraCluster


def test_a_node_is_killed_and_comes_back(tmp_path: Path, lengths: Lengths) -> None:
    cluster = CassandraCluster(tmp_path / "cluster")
    try:
        settings = server_settings(make_store(cluster, []))  # with `tests.people`
        with installed(tmp_path, settings, Server(tmp_path, settings)) as installation:
            with Scene(installation) as scene:
                scene.go_on(lengths.calm)
                cluster.kill(1)
                scene.go_on(lengths.fault)
                cluster.start(1)
                cluster.wait_until_agreed(USERS_TABLE)
                scene.go_on(lengths.calm)
                scene.go_on_until_remembered()
            judge("a node is killed and comes back", scene)
    finally:
        cluster.close()
