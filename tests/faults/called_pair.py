"""Two programs that do the same, and callers that lose no call while something happens to them."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import grpc
import httpx

import getme
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from getme_server.accounts.account import Account
from tests.people import ADA, CREATOR, MODERATOR
from tests.servers.deployed_envoy import deployed_envoy
from tests.servers.front import free_port
from tests.servers.programs import Program, start_gateway
from tests.tokens import bearer, token_for

PAUSE_SECONDS = 0.1
PROBING_SECONDS = 0.3  # Envoy

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
