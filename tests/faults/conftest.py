"""A Cassandra node of its own for each module here, since these tests stop and freeze it.

Each module defines the `server` that it calls.
"""

import os
import signal
from collections.abc import Callable, Iterator

import grpc
import pytest

from getme.v1.user_service_pb2_grpc import UserServiceStub
from getme_server.stores.location import read_location
from getme_server.stores.opening import migrate, open_import_store
from tests.conftest import NO_LOGIN
from tests.people import CREDENTIALS, PEOPLE
from tests.servers.cassandra import CassandraNode, start_cassandra
from tests.servers.programs import Program


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CassandraNode]:
    """A node that a test may freeze; it runs again when the module is done."""
    node = start_cassandra(tmp_path_factory.mktemp("node"))
    yield node
    os.kill(node.process.pid, signal.SIGCONT)
    node.stop()


@pytest.fixture(scope="module")
def node_store(node: CassandraNode) -> str:
    """URL of a store on that node with `tests.people` in it."""
    url = f"cassandra://{node.address}:{node.native_port}/killrvideo?local_dc=dc1"
    migrate(read_location(url), NO_LOGIN)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_credentials(CREDENTIALS)
    return url


@pytest.fixture
def freeze(node: CassandraNode) -> Iterator[Callable[[], None]]:
    """Freezes the node (its connections stay open) until the test is done.

    Called by the test when all else is ready: within two seconds the server knows.
    """
    yield lambda: os.kill(node.process.pid, signal.SIGSTOP)
    os.kill(node.process.pid, signal.SIGCONT)


@pytest.fixture
def frozen(freeze: Callable[[], None]) -> None:
    """The node, frozen before the test begins."""
    freeze()


@pytest.fixture(scope="module")
def channel(server: Program) -> Iterator[grpc.Channel]:
    """A channel to the module's own `server`, which repeats nothing."""
    options = [("grpc.enable_retries", 0)]
    with grpc.insecure_channel(server.address, options=options) as channel:
        yield channel


@pytest.fixture(scope="module")
def users(channel: grpc.Channel) -> UserServiceStub:
    return UserServiceStub(channel)
