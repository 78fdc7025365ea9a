"""Connections that are not kept for ever: clients find servers that have come since they began."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.faults.called_pair import (
    Load,
    Pair,
    get_me,
    requesting_as,
    through_envoy,
    through_the_client,
    through_the_gateway,
)
from tests.people import ADA, CREATOR
from tests.servers.front import free_port
from tests.servers.own_mounts import seeing
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

CALLERS = 4  # through each of three ways
REPLACED = 20
SECONDS = 60
NAME = "getme.example"


@pytest.fixture
def settings(people_database: str) -> dict[str, str]:
    return {"GETME_STORE": people_database, "GETME_MAX_CONNECTION_AGE": "500ms"}


@pytest.fixture
def servers(tmp_path: Path, settings: dict[str, str]) -> Iterator[Pair]:
    running = Pair(lambda own: start_server(tmp_path, settings | {"GETME_LISTEN": own}))
    yield running
    running.stop()


class Connections:
    """What has been connected to a program. ports: those that connections have come from."""

    def __init__(self, program: Program) -> None:
        self.ports: set[int] = set()
        self._process = psutil.Process(program.process.pid)

    def are_replaced(self, times: int) -> bool:
        """Whether there have been more; to be asked often."""
        self.ports |= self.open_now()
        return len(self.ports) > times

    def open_now(self) -> set[int]:
        return {
            connection.raddr.port
            for connection in self._process.net_connections("tcp")
            if connection.status == psutil.CONN_ESTABLISHED
        }


def test_no_call_is_lost_while_connections_are_replaced(tmp_path: Path, servers: Pair) -> None:
    load = Load()
    with ExitStack() as stack:
        calls = (
            through_the_client(stack, servers),
            through_the_gateway(stack, servers, tmp_path),
            through_envoy(stack, servers, tmp_path),
        )
        pool = stack.enter_context(ThreadPoolExecutor(CALLERS * len(calls)))
        try:
            for call in calls:
                for _ in range(CALLERS):
                    pool.submit(load.repeat, call)
            for server in servers.running:
                assert until(partial(Connections(server).are_replaced, REPLACED), SECONDS)
        finally:
            load.stop()
    assert load.lost == []
    assert load.answered > REPLACED


def test_a_stream_keeps_its_connection(tmp_path: Path, settings: dict[str, str]) -> None:
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        connections = Connections(server)
        (first,) = connections.open_now()
        metadata = bearer(token_for(ADA.user_id))

        def are_replaced() -> bool:
            UserServiceStub(channel).GetMe(GetMeRequest(), metadata=metadata, timeout=5)
            return connections.are_replaced(4)

        assert until(are_replaced, SECONDS)
        assert first in connections.open_now()
        assert watch.is_active()
        watch.cancel()
        assert until(lambda: first not in connections.open_now())


def test_a_server_that_a_name_gains_gets_calls(tmp_path: Path, settings: dict[str, str]) -> None:
    port = free_port()
    names = tmp_path / "hosts"
    names.write_text(f"127.0.0.1 {NAME}\n")
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                start_server(tmp_path, settings | {"GETME_LISTEN": f"{host}:{port}"})
            )
            for host in ("127.0.0.1", "127.0.0.2")
        )
        gateway = start_gateway(
            tmp_path,
            f"dns:///{NAME}:{port}",
            {"GETME_GATEWAY_CACHE_MEMORY": "0", "GETME_GATEWAY_CHANNELS": "1"},
            through=seeing(f'mount --bind "{names}" /etc/hosts'),
        )
        stack.enter_context(gateway)
        http = stack.enter_context(requesting_as(CREATOR, gateway.address))
        get_me(http)
        assert first.has_line(str(CREATOR.user_id))
        names.write_text(f"127.0.0.1 {NAME}\n127.0.0.2 {NAME}\n")

        def has_come_to_the_second() -> bool:
            get_me(http)
            return second.has_line(str(CREATOR.user_id), seconds=0)

        assert until(has_come_to_the_second, SECONDS)
