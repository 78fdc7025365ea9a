"""One address is one account's also while a node is lost: two of three agree on whose."""

from contextlib import closing
from uuid import uuid4

from getme_server.deadline import Deadline
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from tests.conftest import NO_LOGIN
from tests.rivals import race
from tests.servers.cassandra_cluster import CassandraCluster

SECONDS = 10
EMAILS = 20


def test_of_two_processes_exactly_one_wins_each_address_with_a_node_killed(
    whole_cluster: CassandraCluster, cluster_store: str
) -> None:
    emails = [f"{number}-{uuid4()}@example.org" for number in range(EMAILS)]
    whole_cluster.kill(1)
    winners = race(cluster_store, emails, rivals=2)
    whole_cluster.start(1)
    assert [len(users) for users in winners.values()] == [1] * EMAILS
    with closing(open_stores(read_location(cluster_store), NO_LOGIN)) as stores:
        for email, (user_id,) in winners.items():
            assert stores.accounts.owner(email, Deadline(SECONDS)) == user_id
            assert stores.accounts.account(user_id, Deadline(SECONDS)).email == email
