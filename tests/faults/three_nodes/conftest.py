"""One cluster of three nodes for all tests here, a server on it, and callers who never rest.

`GETME_TEST_LONG=1` makes the phases longer: leaks and rare failures show only in time.
"""

import os
import random
import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.faults.three_nodes.callers import Callers
from tests.faults.three_nodes.keyspace import USERS_TABLE, make_store
from tests.faults.three_nodes.lengths import LONG, SHORT, Lengths
from tests.servers.cassandra_cluster import CassandraCluster
from tests.servers.programs import Program, start_server
from tests.tokens import token_for

USERS = 400  # so that each node owns some of them, whatever its tokens are
TOKEN_SECONDS = 7_200
_reports: list[str] = []


@pytest.fixture(scope="package")
def lengths() -> Lengths:
    return LONG if os.environ.get("GETME_TEST_LONG") == "1" else SHORT


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CassandraCluster]:
    began = time.monotonic()
    cluster = CassandraCluster(tmp_path_factory.mktemp("cluster"))
    _reports.append(f"three nodes are up in {time.monotonic() - began:.0f} s")
    yield cluster
    cluster.close()


@pytest.fixture(scope="package")
def users() -> list[UUID]:
    numbers = random.Random(1)  # noqa: S311 - no secret
    return [UUID(int=numbers.getrandbits(128), version=4) for _ in range(USERS)]


@pytest.fixture(scope="package")
def cluster_store(cluster: CassandraCluster, users: list[UUID]) -> str:
    """URL of a store with three copies of all; `users` and `tests.people` are in it."""
    return make_store(cluster, users)


@pytest.fixture(scope="package")
def server(cluster_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Two workers that remember no account."""
    settings = {"GETME_STORE": cluster_store, "GETME_WORKERS": "2", "GETME_CACHE_TTL": "0"}
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


@pytest.fixture
def whole_cluster(cluster: CassandraCluster, cluster_store: str) -> CassandraCluster:
    """The cluster, once all nodes see each other, whatever a test before has left."""
    assert cluster_store
    cluster.revive()
    cluster.wait_until_agreed(USERS_TABLE)
    return cluster


@pytest.fixture
def callers(server: Program, users: list[UUID]) -> Iterator[Callers]:
    expires = int(time.time()) + TOKEN_SECONDS
    tokens = [token_for(user_id, exp=expires) for user_id in users]
    with Callers(server.address, tokens, lambda phase: _reports.append(str(phase))) as callers:
        yield callers


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what was measured, also where all is well."""
    if _reports:
        terminalreporter.section("calls through the faults of three nodes")
        for report in _reports:
            terminalreporter.write_line(report)
