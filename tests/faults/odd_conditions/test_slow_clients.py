"""Clients that do not go on: no thread waits for them that others need."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bench.http2_frames import (
    DATA,
    END_STREAM,
    HEADERS,
    RST_STREAM,
    constant_headers,
    first_block,
    frame,
)
from getme.v1.user_service_pb2 import WatchInvalidationsRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.faults.odd_conditions.neighbour import Neighbour
from tests.faults.odd_conditions.raw_client import (
    GET_ME,
    OPENING_OF_ONE_WHO_READS_NOTHING,
    RawClient,
    raw_clients,
)
from tests.faults.odd_conditions.unharmed import unharmed
from tests.people import ADA
from tests.servers.programs import STOP_SECONDS, Program, start_server
from tests.tokens import token_for
from tests.waiting import until

CALLS = 64  # more than there are threads of any kind
CLIENTS = 200
WATCHES = ("/getme.v1.UserService/WatchInvalidations", "/grpc.health.v1.Health/Watch")
PATHS = (
    GET_ME,
    "/getme.v1.AuthService/Login",
    *WATCHES,
    "/grpc.health.v1.Health/Check",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
)
AT_ONCE_SECONDS = 5.0
CUT_SECONDS = 10.0  # the server waits for 5, and looks each second
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture(scope="module")
def server(people_store_here: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = {"GETME_STORE": people_store_here}
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


def name_of(path: str) -> str:
    """What it is called in a service."""
    return path.rpartition("/")[2]


def goes_on(neighbour: Neighbour) -> bool:
    """Whether the neighbour has more answers now."""
    seen = neighbour.answers
    return until(lambda: neighbour.answers > seen + 20)


def is_healthy(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs are untyped
        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=5)
    return bool(answer.status == SERVING)


def is_told(address: str) -> bool:
    """Whether who watches now hears something at once, and goes on hearing it."""
    with grpc.insecure_channel(address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs are untyped
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=AT_ONCE_SECONDS)
        invalidations = UserServiceStub(channel).WatchInvalidations(
            WatchInvalidationsRequest(), timeout=AT_ONCE_SECONDS
        )
        marker, heartbeat = next(invalidations), next(invalidations)
        return bool(next(watch).status == SERVING and marker.log_id == heartbeat.log_id)


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_calls_whose_request_never_comes_hold_no_thread(server: Program, path: str) -> None:
    with (
        unharmed(f"{CALLS} calls, never ended, of {name_of(path)}", server) as neighbour,
        closing(RawClient(server.address)) as client,
    ):
        assert client.send(client.call(path)[1] for _ in range(CALLS))
        assert goes_on(neighbour)
        assert is_healthy(server.address)


def test_calls_whose_request_does_not_come_in_time_are_cut(server: Program) -> None:
    with (
        unharmed("calls that are cut", server),
        closing(RawClient(server.address)) as client,
    ):
        begun = [client.call() for _ in range(CALLS)]
        assert client.send(call for _, call in begun)
        waited_for = {stream for stream, _ in begun}
        for kind, stream, _ in client.received(CUT_SECONDS):
            if kind == RST_STREAM:
                waited_for.discard(stream)
            if not waited_for:
                break
        assert waited_for == set()


def test_a_call_that_ends_without_a_request_is_refused_at_once(server: Program) -> None:
    with closing(RawClient(server.address)) as client:
        stream, call = client.call()
        assert client.send((call, frame(DATA, END_STREAM, stream)))
        assert client.is_answered(stream, AT_ONCE_SECONDS)


@pytest.mark.parametrize("path", [GET_ME, *WATCHES], ids=name_of)
def test_answers_that_nobody_reads_hold_no_thread(server: Program, path: str) -> None:
    with (
        unharmed(f"{CALLS} answers of {name_of(path)} that nobody reads", server) as neighbour,
        closing(RawClient(server.address, OPENING_OF_ONE_WHO_READS_NOTHING)) as client,
    ):
        client.begin(path, CALLS, f"Bearer {token_for(ADA.user_id)}")
        assert is_told(server.address)
        assert is_healthy(server.address)
        assert goes_on(neighbour)


def test_watchers_who_read_nothing_hold_up_no_drain(people_store_here: str, tmp_path: Path) -> None:
    settings = {
        "GETME_STORE": people_store_here,
        "GETME_DRAIN_DELAY": "2s",  # longer than who does not read is waited for
        "GETME_GRACE": "60s",  # which calls that do not end are waited for
    }
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(1) as pool,
        closing(RawClient(server.address, OPENING_OF_ONE_WHO_READS_NOTHING)) as client,
    ):
        client.begin(WATCHES[1], CALLS)
        pool.submit(client.drain)  # gRPC waits for the PING that follows its GOAWAY
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(watch).status == SERVING
        server.process.send_signal(signal.SIGTERM)
        assert next(watch).status == NOT_SERVING
        assert server.process.wait(STOP_SECONDS) == 0


def test_headers_byte_by_byte_hold_no_thread(server: Program) -> None:
    headers = first_block(constant_headers(server.address, GET_ME))
    with (
        unharmed("headers byte by byte", server) as neighbour,
        raw_clients(server.address, CLIENTS) as clients,
    ):
        for byte in frame(HEADERS, 0, 1, headers)[:40]:
            for client in clients:
                client.socket.send(bytes([byte]))
        assert goes_on(neighbour)


def test_who_says_nothing_is_in_nobodys_way(server: Program) -> None:
    with (
        unharmed("connections that say nothing", server) as neighbour,
        raw_clients(server.address, CLIENTS, first=b""),
    ):
        assert goes_on(neighbour)
