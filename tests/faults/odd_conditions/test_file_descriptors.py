"""More connections than a program may have files."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import grpc
import httpx
import psutil
import pytest

from tests.faults.odd_conditions.neighbour import is_answered, read_store_at_once
from tests.faults.odd_conditions.raw_client import raw_clients
from tests.faults.odd_conditions.unharmed import unharmed
from tests.people import ADA
from tests.servers.installed import installed
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

FILES = 256
CONNECTIONS = 2 * FILES
SECONDS = 3
CALLS = 50
MAX_LINES = 20


@pytest.fixture(scope="module")
def few_files() -> list[str]:
    return [installed("prlimit", package="util-linux"), f"--nofile={FILES}:{FILES}"]


@pytest.fixture
def server(people_store_here: str, few_files: list[str], tmp_path: Path) -> Iterator[Program]:
    with start_server(tmp_path, {"GETME_STORE": people_store_here}, through=few_files) as server:
        yield server


def test_who_is_connected_is_answered_and_others_are_once_there_is_room(server: Program) -> None:
    process = psutil.Process(server.process.pid)
    with unharmed(f"{CONNECTIONS} connections for {FILES} files", server):
        with raw_clients(server.address, CONNECTIONS, first=b""):
            assert until(lambda: process.num_fds() > FILES // 2)
            assert not is_answered(server.address)
        assert until(lambda: is_answered(server.address))


def test_each_thread_can_begin_to_read_the_store_though_no_connection_is_left(
    server: Program,
) -> None:
    with grpc.insecure_channel(server.address) as channel:
        grpc.channel_ready_future(channel).result(SECONDS)
        with raw_clients(server.address, CONNECTIONS, first=b""):
            assert until(lambda: not is_answered(server.address))
            read_store_at_once(channel)


def test_a_gateway_goes_on_with_whom_it_has(
    people_store_here: str, few_files: list[str], tmp_path: Path
) -> None:
    headers = dict(bearer(token_for(ADA.user_id)))

    def asks(browser: httpx.Client) -> bool:
        return browser.get("/api/v1/users/me", headers=headers).status_code == 200

    def is_a_new_one_answered() -> bool:
        with suppress(httpx.TransportError), open_browser() as browser:
            return asks(browser)
        return False

    def open_browser() -> httpx.Client:
        url = f"http://{gateway.address}"
        return httpx.Client(base_url=url, trust_env=False, timeout=SECONDS)

    with (
        start_server(tmp_path, {"GETME_STORE": people_store_here}) as server,
        start_gateway(tmp_path, server.address, through=few_files) as gateway,
        open_browser() as browser,
    ):
        assert asks(browser)
        lines = len(gateway.lines)
        with raw_clients(gateway.address, CONNECTIONS, first=b""):
            assert until(lambda: not is_a_new_one_answered())
            assert all(asks(browser) for _ in range(CALLS))
        assert until(is_a_new_one_answered)
        assert gateway.process.poll() is None
        others = [line for line in gateway.lines[lines:] if '"event":"request"' not in line]
        assert len(others) + len(gateway.errors) < MAX_LINES, (others[-5:], gateway.errors[-5:])
