"""One installation for most scenes, on SQLite and with a Redis; each scene has users of its own."""

import socket
from collections.abc import Callable, Iterator

import pytest

from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.conftest import NO_LOGIN, NewStore
from tests.faults.freshness.installation import Installation, Server, installed, server_settings
from tests.faults.freshness.lengths import LONG, SHORT, Lengths, is_long
from tests.faults.freshness.link import Link
from tests.faults.freshness.verdict import figures
from tests.people import MODERATOR
from tests.servers.redis import RedisServer

# Three nodes that start take most of a minute.
collect_ignore = [] if is_long() else ["test_killed_node.py"]

StoreWithModerator = Callable[[str], str]


@pytest.fixture(scope="session")
def lengths() -> Lengths:
    return LONG if is_long() else SHORT


@pytest.fixture(scope="session")
def moderated_store(new_store: NewStore) -> StoreWithModerator:
    """Makes a store of a kind with a moderator in it; its URL."""

    def make(kind: str) -> str:
        url = new_store(kind)
        with open_import_store(read_location(url), NO_LOGIN) as store:
            store.add_accounts([MODERATOR])
        return url

    return make


@pytest.fixture(scope="package")
def redis_port() -> int:
    """A port for Redis, which proxies cannot reach at its Unix socket."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="package")
def redis(redis_port: int) -> Iterator[RedisServer]:
    """One that scenes kill; it runs again when they are done."""
    with RedisServer("--port", str(redis_port)) as redis:
        yield redis


@pytest.fixture(scope="package")
def link_to_redis(redis: RedisServer, redis_port: int) -> Iterator[Link]:
    """What server a reaches that Redis through."""
    assert redis.url
    with Link(f"127.0.0.1:{redis_port}") as link:
        yield link


@pytest.fixture(scope="package")
def installation(
    moderated_store: StoreWithModerator,
    redis: RedisServer,
    link_to_redis: Link,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    store, directory = moderated_store("sqlite"), tmp_path_factory.mktemp("installation")
    limits = {"GETME_LIMIT_ACCOUNT": "100000 per hour"}  # none would ask no Redis
    url_of_a = f"redis://{link_to_redis.address}/0"
    settings = server_settings(store, GETME_REDIS_URL=redis.url, **limits)
    a = Server(directory, settings | {"GETME_REDIS_URL": url_of_a})
    with installed(directory, settings, a) as installation:
        yield installation


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what was measured, also where all is well."""
    if figures:
        terminalreporter.section("answers and changes through faults")
        for figure in figures:
            terminalreporter.write_line(figure)
