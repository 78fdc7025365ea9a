"""Clients that do not go on: no thread waits for them that others need."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bench.http2_frames import (
    DATA,
    END_STREAM,
    HEADERS,
    RST_STREAM,
    SETTINGS,
    constant_headers,
    first_block,
    frame,
)
from tests.faults.odd_conditions.neighbour import Neighbour
from tests.faults.odd_conditions.raw_client import (
    EMPTY_MESSAGE,
    GET_ME,
    OPENING,
    RawClient,
    raw_clients,
)
from tests.faults.odd_conditions.unharmed import unharmed
from tests.people import ADA
from tests.servers.programs import Program, start_server
from tests.tokens import token_for
from tests.waiting import until

CALLS = 64  # more than there are threads of any kind
CLIENTS = 200
PATHS = (
    GET_ME,
    "/getme.v1.AuthService/Login",
    "/getme.v1.UserService/WatchInvalidations",
    "/grpc.health.v1.Health/Check",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
)
AT_ONCE_SECONDS = 5.0
CUT_SECONDS = 15.0  # the server waits for 10, and looks each second
# SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.5.2): no byte of an answer may be sent.
NO_WINDOW = (4).to_bytes(2) + (0).to_bytes(4)


@pytest.fixture(scope="module")
def server(people_store_here: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = {"GETME_STORE": people_store_here}
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


def goes_on(neighbour: Neighbour) -> bool:
    """Whether the neighbour has more answers now."""
    seen = neighbour.answers
    return until(lambda: neighbour.answers > seen + 20)


def is_healthy(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs are untyped
        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=5)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.rpartition("/")[2])
def test_calls_whose_request_never_comes_hold_no_thread(server: Program, path: str) -> None:
    with (
        unharmed(f"{CALLS} calls, never ended, of {path.rpartition('/')[2]}", server) as neighbour,
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


def test_answers_that_nobody_reads_hold_no_thread(server: Program) -> None:
    token = f"Bearer {token_for(ADA.user_id)}"
    first = OPENING.replace(frame(SETTINGS, 0, 0), frame(SETTINGS, 0, 0, NO_WINDOW))
    assert first != OPENING
    with (
        unharmed("answers that nobody reads", server) as neighbour,
        closing(RawClient(server.address, first)) as client,
    ):
        for _ in range(CALLS):
            stream, call = client.call(authorization=token)
            assert client.send((call, frame(DATA, END_STREAM, stream, EMPTY_MESSAGE)))
        assert goes_on(neighbour)


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
