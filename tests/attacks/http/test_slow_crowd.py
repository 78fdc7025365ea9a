"""Crowds that are slow on purpose: they keep nobody else waiting, and are let go."""

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

from tests.attacks.conftest import Targets
from tests.attacks.http.odd_request import HOST, JSON, UPDATE, lines
from tests.people import ADA
from tests.servers.cassandra_certificates import Authority
from tests.servers.programs import start_gateway
from tests.tokens import token_for

CROWD = 300  # of each kind
LONGEST_SECONDS = 10.0  # that anybody may hold a request open
HANDSHAKE_SECONDS = 10.0  # granian's, which cannot be set
BUSY_SECONDS = 3.0  # what a busy machine may take
DRIP_SECONDS = 0.5
LOOK_SECONDS = 0.001  # at a connection whose time is over
NOWHERE = "127.0.0.1:1"
HALF_A_HEADER = b"GET /healthz HTTP/1.1\r\nHost: getme\r\nX-Slow: "
HALF_A_HELLO = b"\x16\x03\x01\x00\x2f\x01\x00\x00"


@contextmanager
def crowd(address: str, *sent: bytes) -> Iterator[list[socket.socket]]:
    """Connections that have sent so much and no more, as many of each kind."""
    host, _, port = address.partition(":")
    with ExitStack() as stack:
        connections = []
        for first in sent * CROWD:
            connection = socket.create_connection((host, int(port)), LONGEST_SECONDS)
            connections.append(stack.enter_context(connection))
            connection.sendall(first)
        yield connections


def still_held(connections: Sequence[socket.socket], ends: float) -> int:
    """How many are not closed by then, although a byte comes now and then."""
    return sum(not _is_closed(connection, ends) for connection in connections)


def _is_closed(connection: socket.socket, ends: float) -> bool:
    with suppress(ConnectionResetError, BrokenPipeError):
        while True:
            left = ends - time.monotonic()
            connection.settimeout(min(max(left, LOOK_SECONDS), DRIP_SECONDS))
            try:
                if not connection.recv(4_096):
                    return True
            except TimeoutError:
                if left < 0:
                    return False
                connection.sendall(b" ")
    return True


def test_slow_headers_and_slow_bodies_keep_nobody_waiting_and_are_let_go(targets: Targets) -> None:
    gateway = targets("HS256").gateway.address
    proof = {"authorization": f"Bearer {token_for(ADA.user_id)}"}
    half_a_body = lines(UPDATE, HOST, JSON, b"Content-Length: 1000", body=b"{")
    begun = time.monotonic()
    with (
        crowd(gateway, HALF_A_HEADER, half_a_body) as connections,
        httpx.Client(
            base_url=f"http://{gateway}", trust_env=False, timeout=BUSY_SECONDS
        ) as somebody,
    ):
        assert somebody.get("/healthz").status_code == 200
        assert somebody.get("/api/v1/users/me", headers=proof).status_code == 200
        read = somebody.get("/api/v1/users/me?max_staleness=0s", headers=proof)  # from the store
        assert read.status_code == 200
        assert still_held(connections, begun + LONGEST_SECONDS) == 0


def test_handshakes_that_stall_keep_nobody_waiting_and_are_cut(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    cert, key = authority.issue("gateway", "127.0.0.1")
    settings = {"GETME_GATEWAY_TLS_CERT": str(cert), "GETME_GATEWAY_TLS_KEY": str(key)}
    with (
        start_gateway(tmp_path, NOWHERE, settings) as gateway,
        crowd(gateway.address, b"", HALF_A_HELLO) as connections,
        httpx.Client(
            base_url=f"https://{gateway.address}",
            verify=ssl.create_default_context(cafile=authority.ca),
            trust_env=False,
            timeout=BUSY_SECONDS,
        ) as somebody,
    ):
        assert somebody.get("/healthz").status_code == 200
        ends = time.monotonic() + HANDSHAKE_SECONDS + BUSY_SECONDS
        assert still_held(connections, ends) == 0
