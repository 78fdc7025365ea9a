"""Calls GetMe for a while, always so many calls under way, and prints what came of it as JSON.

A program of its own: `python -m bench.grpc_load --port 50051 --tokens FILE --seconds 3`.

Why not ghz: its metadata cannot change from call to call except by templates, and ghz 0.93 takes
120 us of a core for each call, as much as the bare server that it should keep busy. Here the
frames are ready as bytes, a call takes 35 us with its system calls, and the rest of the core is
Cassandra's. It also spares the servers something that real clients do not: called by ghz, the
bare server needs 160 us for each call, called from here 125.
Each answer must carry the user ID of its call's token, or it counts as a failure.
"""

import argparse
import json
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from bench import http2_frames as http2

METHOD = "/getme.v1.UserService/GetMe"
CONNECTIONS = 4
ANSWER_TIMEOUT_SECONDS = 10
_EMPTY_REQUEST = b"\x00\x00\x00\x00\x00"  # an uncompressed message of no bytes
_RECEIVE_BYTES = 256 * 1024

# The token's header, and what its answer must contain.
Call = tuple[bytes, bytes]


@dataclass(slots=True)
class Outcome:
    """What came of the calls. latencies: seconds, of those that succeeded."""

    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    first_failure: str = ""


@dataclass(slots=True)
class Pending:
    """A call under way."""

    begun: float
    expected: bytes
    answered: bool = False


class Connection:
    """One connection. following: the call that follows one that has ended now, if any."""

    def __init__(
        self, port: int, outcome: Outcome, following: Callable[[float], Call | None]
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = http2.constant_headers(f"127.0.0.1:{port}", METHOD)
        self._block = http2.first_block(headers)
        self._later_block = http2.later_block(headers)
        self._outcome = outcome
        self._following = following
        self._stream = -1
        self._pending: dict[int, Pending] = {}
        self._received = b""
        self._unsent: list[bytes] = [http2.opening()]

    @property
    def idle(self) -> bool:
        """Whether all calls have ended."""
        return not self._pending

    def begin_call(self, call: Call, begun: float) -> None:
        """Begins one more call. begun: from when its latency counts."""
        token, expected = call
        self._stream += 2
        block = self._block + token
        self._block = self._later_block
        self._unsent += (
            http2.frame(http2.HEADERS, http2.END_HEADERS, self._stream, block),
            http2.frame(http2.DATA, http2.END_STREAM, self._stream, _EMPTY_REQUEST),
        )
        self._pending[self._stream] = Pending(begun, expected)

    def send(self) -> None:
        """Sends what has been begun since the last time."""
        if self._unsent:
            self.socket.sendall(b"".join(self._unsent))
            self._unsent.clear()

    def receive(self) -> None:
        """Takes what has arrived. Raises ConnectionError when the server ends the connection."""
        arrived = self.socket.recv(_RECEIVE_BYTES)
        if not arrived:
            raise ConnectionError("the server closed the connection")
        buffer = self._received + arrived
        now = time.perf_counter()
        at = 0
        while len(buffer) - at >= http2.HEADER_BYTES:
            length, kind, flags, stream = http2.read_header(buffer, at)
            begin = at + http2.HEADER_BYTES
            if begin + length > len(buffer):
                break
            at = begin + length
            if kind == http2.DATA:
                pending = self._pending[stream]
                pending.answered = buffer.find(pending.expected, begin, at) >= 0
            elif kind == http2.HEADERS and flags & http2.END_STREAM:
                self._end_call(stream, buffer[begin:at], now)
            elif kind == http2.RST_STREAM and stream not in self._pending:
                continue  # RFC 9113 section 8.1: it has answered, and awaits no more of the request
            elif kind != http2.HEADERS:
                self._control(kind, flags, buffer[begin:at])
        self._received = buffer[at:]
        self.send()

    def _end_call(self, stream: int, trailers: bytes, now: float) -> None:
        pending = self._pending.pop(stream)
        if pending.answered:
            self._outcome.latencies.append(now - pending.begun)
        else:
            self._outcome.failures += 1
            self._outcome.first_failure = self._outcome.first_failure or repr(trailers)
        following = self._following(now)
        if following is not None:
            self.begin_call(following, now)

    def _control(self, kind: int, flags: int, payload: bytes) -> None:
        if kind in (http2.RST_STREAM, http2.GOAWAY):
            raise ConnectionError(f"the server gives up: {payload!r}")
        if kind in (http2.SETTINGS, http2.PING) and not flags & http2.ACK:
            content = payload if kind == http2.PING else b""
            self._unsent.append(http2.frame(kind, http2.ACK, 0, content))


def run(port: int, calls: Iterator[Call], *, callers: int, seconds: float) -> Outcome:
    """What came of calling for a number of seconds, or until there are no calls left."""
    outcome = Outcome()
    begun = time.perf_counter()

    def following(now: float) -> Call | None:
        return next(calls, None) if now < begun + seconds else None

    connections = [Connection(port, outcome, following) for _ in range(min(CONNECTIONS, callers))]
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        for number, call in enumerate(islice(calls, callers)):
            connections[number % len(connections)].begin_call(call, begun)
        for connection in connections:
            connection.send()
        while not all(connection.idle for connection in connections):
            ready = selector.select(ANSWER_TIMEOUT_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer for {ANSWER_TIMEOUT_SECONDS} s")
            for key, _ in ready:
                key.data.receive()
    for connection in connections:
        connection.socket.close()
    return outcome


def read_calls(tokens: Path, expected: str | None) -> list[Call]:
    """A call for each line of a file: the user ID that its answer must carry, and a token."""
    lines = (line.split() for line in tokens.read_text("ascii").splitlines())
    return [
        (http2.authorization(token), (expected or user_id).encode()) for user_id, token in lines
    ]


def as_json(outcome: Outcome, seconds: float) -> str:
    """What `bench.load` reads. seconds: how long the calls took together."""
    latencies = sorted(outcome.latencies) or [0.0]
    return json.dumps(
        {
            "calls": len(outcome.latencies),
            "failures": outcome.failures,
            "first_failure": outcome.first_failure,
            "seconds": seconds,
            "p50_ms": latencies[len(latencies) // 2] * 1000,
            "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
        }
    )


def main() -> None:
    """Reads the command line, calls, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tokens", type=Path, required=True, help="lines: user ID, token")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--expect", help="a text for all answers, instead of the user ID")
    parser.add_argument("--once", action="store_true", help="use no token twice")
    arguments = parser.parse_args()
    calls = read_calls(arguments.tokens, arguments.expect)
    begun = time.perf_counter()
    outcome = run(
        arguments.port,
        iter(calls) if arguments.once else cycle(calls),
        callers=arguments.callers,
        seconds=arguments.seconds,
    )
    print(as_json(outcome, time.perf_counter() - begun))


if __name__ == "__main__":
    main()
