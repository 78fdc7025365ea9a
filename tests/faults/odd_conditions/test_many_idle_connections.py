"""Ten thousand connections that nobody uses."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from bench.http2_frames import SETTINGS
from tests.faults.freshness.lengths import is_long
from tests.faults.odd_conditions.neighbour import is_answered
from tests.faults.odd_conditions.raw_client import raw_clients
from tests.faults.odd_conditions.unharmed import figures, unharmed
from tests.people import ADA
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

CONNECTIONS = 10_000
BROWSERS = 2_000
OTHER_FILES = 500  # of ours, and what a server keeps for itself
KILOBYTES_EACH = 32
# What the first times leave in a process must do for those that follow.
TIMES = (CONNECTIONS,) * 5 if is_long() else (CONNECTIONS, CONNECTIONS // 5)
FIRST_TIMES = 2 if is_long() else 1
HEADER_TIMEOUT_SECONDS = 6  # the gateway's


@pytest.fixture(scope="module", autouse=True)
def many_files() -> Iterator[int]:
    """As many as we may have, for us and for the programs that we start."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def server(people_store_here: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    # One arena: else fragments in those of new threads would look like a leak.
    settings = {"GETME_STORE": people_store_here, "MALLOC_ARENA_MAX": "1"}
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


def resident_kilobytes(program: Program) -> float:
    return psutil.Process(program.process.pid).memory_info().rss / 1024


def test_idle_connections_keep_nobody_waiting(server: Program, many_files: int) -> None:
    for time, wanted in enumerate(TIMES):
        connections = min(wanted, many_files - OTHER_FILES)
        before = resident_kilobytes(server)
        name = f"{connections:,} idle connections"
        with (
            unharmed(name, server, is_first=time < FIRST_TIMES),
            raw_clients(server.address, connections) as clients,
        ):
            for client in clients:
                assert next(client.received())[0] == SETTINGS  # it was accepted
            each = (resident_kilobytes(server) - before) / connections
            assert is_answered(server.address)  # who comes now, too
        assert each < KILOBYTES_EACH
        if not time:  # later ones take what is there
            figures.append(f"    {each:.1f} KB for each")


def test_idle_browsers_keep_nobody_waiting(server: Program, tmp_path: Path) -> None:
    token = dict(bearer(token_for(ADA.user_id)))["authorization"]
    request = f"GET /api/v1/users/me HTTP/1.1\r\nHost: getme\r\nAuthorization: {token}\r\n\r\n"
    with start_gateway(tmp_path, server.address) as gateway:
        host, _, port = gateway.address.partition(":")
        process = psutil.Process(gateway.process.pid)
        before, files = resident_kilobytes(gateway), process.num_fds()
        with ExitStack() as browsers:

            def ask() -> bool:
                browser = browsers.enter_context(socket.create_connection((host, int(port)), 5))
                browser.sendall(request.encode())
                return browser.recv(4_096).startswith(b"HTTP/1.1 200 ")

            assert all(ask() for _ in range(BROWSERS))
            each = (resident_kilobytes(gateway) - before) / BROWSERS
            assert ask()  # who comes now, too
            if not is_long():
                browsers.close()
            # Else the time for the headers of a next request is over.
            assert until(lambda: process.num_fds() < files + 100, 2 * HEADER_TIMEOUT_SECONDS)
        assert each < KILOBYTES_EACH
        assert gateway.process.poll() is None
    figures.append(f"{BROWSERS:,} idle browsers: {each:.1f} KB each")
