"""A store on three nodes, with three copies of each of many accounts."""

from collections.abc import Iterable
from uuid import UUID

from cassandra.cluster import Cluster

from getme_server.stores.location import read_location
from getme_server.stores.opening import migrate, open_import_store
from tests.conftest import NO_LOGIN
from tests.people import ADA, CREDENTIALS, PEOPLE
from tests.servers.cassandra_cluster import ADDRESSES, CassandraCluster

KEYSPACE = "killrvideo"
USERS_TABLE = f"{KEYSPACE}.users"
# By default a node waits for a replica until its own 99th percentile has passed, which on a busy
# machine is near a second, before it asks another one. What is measured here is our part.
QUICK_NODES = "ALTER TABLE {table} WITH speculative_retry = 'MIN(99p,50ms)'"
READ_TABLES = ("users", "user_credentials")
# Until it has seen how long reads of a table take, a node waits 2.5 s, whatever it is told; and
# those of these tables are few.
ONE_NODE_MORE = "ALTER TABLE {table} WITH speculative_retry = 'ALWAYS'"
SELDOM_READ_TABLES = ("getme_revocations", "getme_changes")
ALTER_SECONDS = 30


def make_store(cluster: CassandraCluster, users: Iterable[UUID]) -> str:
    """URL of a new store with these users, all like Ada, and `tests.people`."""
    url = (
        f"cassandra://{','.join(ADDRESSES)}:{cluster.native_port}/{KEYSPACE}"
        "?local_dc=dc1&consistency=LOCAL_QUORUM&replication=dc1:3"
    )
    migrate(read_location(url), NO_LOGIN)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_accounts(ADA._replace(user_id=user_id) for user_id in users)
        store.add_credentials(CREDENTIALS)
    with Cluster(ADDRESSES[:1], port=cluster.native_port, protocol_version=4) as one:
        session = one.connect(KEYSPACE)
        for table in READ_TABLES:
            session.execute(QUICK_NODES.format(table=table), timeout=ALTER_SECONDS)
        for table in SELDOM_READ_TABLES:
            session.execute(ONE_NODE_MORE.format(table=table), timeout=ALTER_SECONDS)
    return url
