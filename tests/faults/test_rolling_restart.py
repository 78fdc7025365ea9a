"""Two servers, and two gateways, that are restarted in turn, under load: no call is lost.

Each of them drains: its callers hear that it stops before it does. The next one is restarted once
all have found the one before again.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
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
from tests.servers.envoy import envoy
from tests.servers.front import free_port
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import bearer, token_for

CALLERS = 16  # behind each of the three
RESTARTS = 5  # of each server
GATEWAY_RESTARTS = 3  # of each
PAUSE_SECONDS = 0.1
# Longer than it takes until all have heard: Envoy asks each PROBING_SECONDS.
DELAY = "1s"
PROBING_SECONDS = 0.3

Call = Callable[[], object]


class Pair:
    """Two programs that do the same, whose addresses stay when they are restarted.

    start: starts one at an address.
    """

    def __init__(self, start: Callable[[str], Program]) -> None:
        self.addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
        self._start = start
        self.running = [start(address) for address in self.addresses]

    def restart(self, index: int, people: list[Account]) -> None:
        """Restarts one of them, and waits until calls of all these people have come to it."""
        assert self.running[index].stop() == 0
        self.running[index] = self._start(self.addresses[index])
        for person in people:
            assert self.running[index].has_line(f'"user_id":"{person.user_id}"')

    def stop(self) -> None:
        for program in self.running:
            program.stop()


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
def servers(tmp_path: Path, people_database: str) -> Iterator[Pair]:
    settings = {"GETME_STORE": people_database, "GETME_DRAIN_DELAY": DELAY}
    running = Pair(lambda own: start_server(tmp_path, settings | {"GETME_LISTEN": own}))
    yield running
    running.stop()


@pytest.fixture
def gateways(tmp_path: Path, people_database: str) -> Iterator[Pair]:
    settings = {"GETME_DRAIN_DELAY": DELAY}
    with start_server(tmp_path, {"GETME_STORE": people_database}) as server:
        running = Pair(
            lambda own: start_gateway(
                tmp_path, server.address, settings | {"GETME_GATEWAY_LISTEN": own}
            )
        )
        yield running
        running.stop()


def test_no_call_is_lost_while_servers_are_restarted_in_turn(tmp_path: Path, servers: Pair) -> None:
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


def test_no_request_is_lost_while_gateways_are_restarted_in_turn(
    tmp_path: Path, gateways: Pair
) -> None:
    load = Load()
    with (
        envoy(tmp_path, *gateways.addresses, probing_seconds=PROBING_SECONDS) as address,
        requesting_as(CREATOR, address) as http,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        try:
            for _ in range(CALLERS):
                pool.submit(load.repeat, partial(get_me, http))
            for _ in range(GATEWAY_RESTARTS):
                for index in range(2):
                    gateways.restart(index, [CREATOR])
        finally:
            load.stop()
    assert load.lost == []
    assert load.answered > CALLERS * GATEWAY_RESTARTS


def requesting_as(person: Account, address: str) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://{address}",
        headers=dict(bearer(token_for(person.user_id))),
        timeout=10,
        trust_env=False,
    )


def get_me(http: httpx.Client) -> None:
    http.get("/api/v1/users/me").raise_for_status()


def through_the_client(stack: ExitStack, servers: Pair) -> Call:
    client = stack.enter_context(getme.Client(",".join(servers.addresses), cache=False))
    token = token_for(ADA.user_id)
    return lambda: client.get_me(token)


def through_the_gateway(stack: ExitStack, servers: Pair, directory: Path) -> Call:
    settings = {"GETME_GATEWAY_CACHE_MEMORY": "0", "GETME_GATEWAY_CHANNELS": "1"}
    gateway = start_gateway(directory, ",".join(servers.addresses), settings)
    stack.enter_context(gateway)
    return partial(get_me, stack.enter_context(requesting_as(CREATOR, gateway.address)))


def through_envoy(stack: ExitStack, servers: Pair, directory: Path) -> Call:
    balancer = deployed_envoy(
        "grpc.yaml",
        directory,
        {"getme-server": servers.addresses},
        probing_seconds=PROBING_SECONDS,
    )
    options = [("grpc.enable_retries", 0)]
    channel = stack.enter_context(
        grpc.insecure_channel(stack.enter_context(balancer), options=options)
    )
    users = UserServiceStub(channel)
    metadata = bearer(token_for(MODERATOR.user_id))
    return lambda: users.GetMe(GetMeRequest(), metadata=metadata, timeout=10)
