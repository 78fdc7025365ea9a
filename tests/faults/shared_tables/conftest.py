"""A keyspace that another program writes to and alters, and a server that remembers no account."""

from collections.abc import Iterator

import pytest
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session

from getme_server.stores.location import CassandraLocation, read_location
from tests.conftest import NewStore
from tests.servers.programs import Program, start_server

SCHEMA_TIMEOUT_SECONDS = 60


@pytest.fixture(scope="module")
def store(new_store: NewStore) -> str:
    """URL of a store without rows, for one module."""
    return new_store("cassandra")


@pytest.fixture(scope="module")
def session(store: str) -> Iterator[Session]:
    """Another program's session, in that keyspace."""
    location = read_location(store)
    assert isinstance(location, CassandraLocation)
    profile = ExecutionProfile(
        consistency_level=ConsistencyLevel.LOCAL_QUORUM, request_timeout=SCHEMA_TIMEOUT_SECONDS
    )
    with Cluster(
        location.hosts,
        port=location.port,
        protocol_version=4,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
    ) as cluster:
        yield cluster.connect(location.keyspace)


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = {"GETME_STORE": store, "GETME_CACHE_TTL": "0"}
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server
