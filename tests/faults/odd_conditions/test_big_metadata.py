"""Metadata of two megabytes, over gRPC frame by frame and over HTTP."""

from collections.abc import Iterator

import grpc
import pytest

from bench.http2_frames import (
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    RST_STREAM,
    constant_headers,
    first_block,
    frame,
    literal,
)
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.faults.freshness.lengths import is_long
from tests.faults.odd_conditions.raw_client import GET_ME, RawClient
from tests.faults.odd_conditions.unharmed import unharmed
from tests.people import ADA
from tests.servers.programs import Program, start_server
from tests.tokens import bearer, token_for

BYTES = 2_000_000
FRAME_BYTES = 16_384  # the most that a server has to take (RFC 9113 section 4.2)
TIMES = 500 if is_long() else 30
FIRST_TIMES = 10  # buffers that stay come with them
ENDS = {HEADERS, RST_STREAM, GOAWAY}


@pytest.fixture(scope="module")
def server(people_store_here: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = {"GETME_STORE": people_store_here, "MALLOC_ARENA_MAX": "1"}
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


def one_field() -> bytes:
    return literal(b"x-long", b"y" * BYTES)


def many_fields() -> bytes:
    return b"".join(
        literal(f"x-{number}".encode(), b"y" * 1_000) for number in range(BYTES // 1_000)
    )


def send(address: str, fields: bytes) -> int:
    """The kind of frame that ends it, 0 where only the connection ends."""
    block = first_block(constant_headers(address, GET_ME)) + fields
    parts = [block[at : at + FRAME_BYTES] for at in range(0, len(block), FRAME_BYTES)]
    first, *others = parts
    frames = [frame(HEADERS, END_STREAM, 1, first)]
    frames.extend(frame(CONTINUATION, 0, 1, part) for part in others)
    frames.append(frame(CONTINUATION, END_HEADERS, 1, b""))
    client = RawClient(address)
    try:
        client.send(frames)
        return next((kind for kind, _, _ in client.received() if kind in ENDS), 0)
    finally:
        client.close()


@pytest.mark.parametrize("fields", [one_field(), many_fields()], ids=["one field", "many fields"])
def test_two_megabytes_are_refused_however_often(server: Program, fields: bytes) -> None:
    with unharmed("2 MB of metadata, the first times", server, is_first=True):
        ends = {send(server.address, fields) for _ in range(FIRST_TIMES)}
    with unharmed(f"2 MB of metadata, {TIMES} times", server):
        ends |= {send(server.address, fields) for _ in range(TIMES)}
    assert ends <= ENDS | {0}


def test_grpcs_own_client_is_told_that_it_is_too_much(server: Program) -> None:
    with grpc.insecure_channel(server.address) as channel:
        users = UserServiceStub(channel)
        token = bearer(token_for(ADA.user_id))
        for _ in range(3):
            with pytest.raises(grpc.RpcError) as refused:
                users.GetMe(GetMeRequest(), metadata=(*token, ("x-long", "y" * BYTES)), timeout=10)
            assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        users.GetMe(GetMeRequest(), metadata=token, timeout=10)  # over the same connection
