"""Keep-alive connections over HTTP/1.1 that ask for the current user, as bytes.

As much of RFC 9112 as the subjects answer: a status line, headers, a body of Content-Length.
"""

import re
import socket
import time
from collections import deque

from bench.grpc_load import Call, Outcome, Pending
from bench.rest_request import PATH

CONNECTIONS = 32
_GOOD = b"HTTP/1.1 200"
_END_OF_HEADERS = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_RECEIVE_BYTES = 256 * 1024


def request(port: int, token: str) -> bytes:
    """The bytes of one request."""
    lines = (
        f"GET {PATH} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {token}",
    )
    return "\r\n".join([*lines, "", ""]).encode()


class RestConnection:
    """One connection, with one request at a time."""

    def __init__(self, port: int, outcome: Outcome, pool: "RestPool") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._outcome = outcome
        self._pool = pool
        self._pending: Pending | None = None
        self._received = b""

    def send(self, call: Call, begun: float) -> None:
        """Sends a request. begun: from when its latency counts."""
        content, expected = call
        self._pending = Pending(begun, expected)
        self.socket.sendall(content)

    def receive(self) -> None:
        """Takes what has arrived. Raises ConnectionError when the server ends the connection."""
        arrived = self.socket.recv(_RECEIVE_BYTES)
        if not arrived or self._pending is None:
            raise ConnectionError("the server closed the connection")
        self._received += arrived
        body = self._received.find(_END_OF_HEADERS) + len(_END_OF_HEADERS)
        if body < len(_END_OF_HEADERS):
            return
        length = _LENGTH.search(self._received, 0, body)
        if length is None:
            raise ConnectionError(f"an answer without a length: {self._received[:body]!r}")
        if len(self._received) >= body + int(length[1]):
            self._end(self._pending, body)

    def _end(self, pending: Pending, body: int) -> None:
        good = self._received.startswith(_GOOD)
        if good and self._received.find(pending.expected, body) >= 0:
            self._outcome.latencies.append(time.perf_counter() - pending.begun)
        else:
            self._outcome.failures += 1
            self._outcome.first_failure = self._outcome.first_failure or repr(self._received)
        self._pending, self._received = None, b""
        self._pool.release(self)


class RestPool:
    """CONNECTIONS connections; a call waits for a free one, and its latency counts the wait."""

    def __init__(self, port: int, outcome: Outcome) -> None:
        self.connections = [RestConnection(port, outcome, self) for _ in range(CONNECTIONS)]
        self._free = list(self.connections)
        self._waiting: deque[tuple[Call, float]] = deque()

    @property
    def idle(self) -> bool:
        """Whether all calls have ended."""
        return len(self._free) == len(self.connections)

    def begin_call(self, call: Call, begun: float) -> None:
        """Begins a call, now or as soon as a connection is free."""
        if self._free:
            self._free.pop().send(call, begun)
        else:
            self._waiting.append((call, begun))

    def release(self, connection: RestConnection) -> None:
        """Gives the next call that waits to a connection whose call has ended."""
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._free.append(connection)
