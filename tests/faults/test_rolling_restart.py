"""Two servers that are restarted in turn, under load: no call is lost.

Each of them drains: its callers hear that it stops before it does. The next one is restarted once
all have found the one before again.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import grpc
import httpx
import pytest

import getme
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from getme_server.accounts.account import Account
from tests.people import ADA, CREATOR, MODERATOR
from tests.servers.deployed_envoy import deployed_envoy
from tests.servers.front import free_port
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import bearer, token_for

CALLERS = 16  # behind each of the three
RESTARTS = 5  # of each server
PAUSE_SECONDS = 0.1
# Longer than it takes until all have heard: Envoy asks each PROBING_SECONDS.
DELAY = "1s"
PROBING_SECONDS = 0.3

Call = Callable[[], object]


class Servers:
    """Two servers on one store, whose addresses stay when they are restarted."""

    def __init__(self, directory: Path, store: str) -> None:
        self.addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
        self._directory = directory
        self._settings = {"GETME_STORE": store, "GETME_DRAIN_DELAY": DELAY}
        self._running = [self._start(address) for address in self.addresses]

    def restart(self, index: int, people: list[Account]) -> None:
        """Restarts one of them, and waits until calls of all these people have come to it."""
        assert self._running[index].stop() == 0
        self._running[index] = self._start(self.addresses[index])
        for person in people:
            assert self._running[index].has_line(f'"user_id":"{person.user_id}"')

    def stop(self) -> None:
        for server in self._running:
            server.stop()

    def _start(self, address: str) -> Program:
        return start_server(self._directory, self._settings | {"GETME_LISTEN": address})


class Load:
    """Callers that call again and again. answered: how many calls; lost: what the others got."""

    def __init__(self) -> None:
        self.answered = 0
        self.lost: list[str] = []
        self._stopping = threading.Event()
        self._mutex = threading.Lock()

    def stop(self) -> None:
        self._stopping.set()

    def repeat(self, call: Call) -> None:
        while not self._stopping.wait(PAUSE_SECONDS):
            try:
                call()
            except (getme.Error, grpc.RpcError, httpx.HTTPError) as lost:
                with self._mutex:
                    self.lost.append(repr(lost))
            else:
                with self._mutex:
                    self.answered += 1


@pytest.fixture
def servers(tmp_path: Path, people_database: str) -> Iterator[Servers]:
    running = Servers(tmp_path, people_database)
    yield running
    running.stop()


def test_no_call_is_lost_while_servers_are_restarted_in_turn(
    tmp_path: Path, servers: Servers
) -> None:
    loads = {person: Load() for person in (ADA, CREATOR, MODERATOR)}
    with ExitStack() as stack:
        calls = {
            ADA: through_the_client(stack, servers),
            CREATOR: through_the_gateway(stack, servers, tmp_path),
            MODERATOR: through_envoy(stack, servers, tmp_path),
        }
        pool = stack.enter_context(ThreadPoolExecutor(CALLERS * len(calls)))
        try:
            for person, call in calls.items():
                for _ in range(CALLERS):
                    pool.submit(loads[person].repeat, call)
            for _ in range(RESTARTS):
                for index in range(2):
                    servers.restart(index, list(calls))
        finally:
            for load in loads.values():
                load.stop()
    assert [load.lost for load in loads.values()] == [[], [], []]
    assert min(load.answered for load in loads.values()) > CALLERS * RESTARTS


def through_the_client(stack: ExitStack, servers: Servers) -> Call:
    client = stack.enter_context(getme.Client(",".join(servers.addresses), cache=False))
    token = token_for(ADA.user_id)
    return lambda: client.get_me(token)


def through_the_gateway(stack: ExitStack, servers: Servers, directory: Path) -> Call:
    settings = {"GETME_GATEWAY_CACHE_MEMORY": "0", "GETME_GATEWAY_CHANNELS": "1"}
    gateway = start_gateway(directory, ",".join(servers.addresses), settings)
    stack.enter_context(gateway)
    http = stack.enter_context(
        httpx.Client(
            base_url=f"http://{gateway.address}",
            headers=dict(bearer(token_for(CREATOR.user_id))),
            timeout=10,
            trust_env=False,
        )
    )
    return lambda: http.get("/api/v1/users/me").raise_for_status()


def through_envoy(stack: ExitStack, servers: Servers, directory: Path) -> Call:
    envoy = deployed_envoy(
        "grpc.yaml",
        directory,
        {"getme-server": servers.addresses},
        probing_seconds=PROBING_SECONDS,
    )
    options = [("grpc.enable_retries", 0)]
    channel = stack.enter_context(
        grpc.insecure_channel(stack.enter_context(envoy), options=options)
    )
    users = UserServiceStub(channel)
    metadata = bearer(token_for(MODERATOR.user_id))
    return lambda: users.GetMe(GetMeRequest(), metadata=metadata, timeout=10)
