"""What several folders share: a real Cassandra, and stores of either kind with people in them.

`GETME_TEST_CASSANDRA=host:port` names a running node to use instead of one of our own; its data
centre must be called dc1.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from getme_server.stores.location import CassandraLogin, read_location
from getme_server.stores.opening import migrate, open_import_store
from tests.alone import runs_alone
from tests.people import CREDENTIALS, PEOPLE
from tests.servers.cassandra import start_cassandra

NO_LOGIN = CassandraLogin(None, None)
# A keyspace takes room for its tables, and the tests make dozens.
HEAP_MEGABYTES = 768
_numbers = itertools.count()

NewStore = Callable[[str], str]


@pytest.hookimpl(tryfirst=True)  # before those are left out that `-m` does not name
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what runs alone, so that `make test` can run the rest at the same time."""
    for item in items:
        if runs_alone(item.path.relative_to(config.rootpath)):
            item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session")
def cassandra_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a real node."""
    named = os.environ.get("GETME_TEST_CASSANDRA")
    if named:
        yield named
        return
    node = start_cassandra(tmp_path_factory.mktemp("cassandra"), heap_megabytes=HEAP_MEGABYTES)
    yield f"{node.address}:{node.native_port}"
    node.stop()


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> NewStore:
    """Makes an empty store of a kind, with getme's tables; its URL."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'getme.db'}"
        else:
            address = request.getfixturevalue("cassandra_address")
            url = f"cassandra://{address}/getme_{os.getpid()}_{next(_numbers)}?local_dc=dc1"
        migrate(read_location(url), NO_LOGIN)
        return url

    return make


@pytest.fixture(scope="session", params=["sqlite", "cassandra"])
def people_store(request: pytest.FixtureRequest, new_store: NewStore) -> str:
    """URL of a store of either kind with `tests.people` in it; nobody writes to it."""
    url = new_store(request.param)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_credentials(CREDENTIALS)
    return url


@pytest.fixture
def people_database(tmp_path: Path) -> str:
    """URL of an SQLite store with `tests.people` in it, for one test alone."""
    url = f"sqlite:///{tmp_path / 'people.db'}"
    migrate(read_location(url), NO_LOGIN)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_credentials(CREDENTIALS)
    return url
