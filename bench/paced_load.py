"""Calls GetMe at a fixed rate for a while, and prints what came of it as JSON.

A program of its own: `python -m bench.paced_load --protocol grpc --port 50051 --tokens FILE
--seconds 3 --rate 1000`.

Calls come at random moments, as from many callers who do not know of each other (a Poisson
process, the same one each time), whether or not earlier ones have been answered. Latencies count
from when a call was due, so that a slow answer does not hide those that it held up.
"""

import argparse
import random
import selectors
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Protocol

from bench.grpc_load import (
    ANSWER_TIMEOUT_SECONDS,
    CONNECTIONS,
    Call,
    Connection,
    Outcome,
    as_json,
    read_calls,
)
from bench.rest_connection import RestConnection, RestPool, request

_SEED = 20_261_031


class Target(Protocol):
    """Connections to a subject, whatever the protocol."""

    @property
    def connections(self) -> list[Connection] | list[RestConnection]:
        """All of them."""

    @property
    def idle(self) -> bool:
        """Whether all calls have ended."""

    def begin_call(self, call: Call, begun: float) -> None:
        """Begins a call whose latency counts from a moment."""


class GrpcConnections:
    """Connections that take calls in turn."""

    def __init__(self, port: int, outcome: Outcome) -> None:
        self.connections = [
            Connection(port, outcome, lambda _now: None) for _ in range(CONNECTIONS)
        ]
        self._turns = cycle(self.connections)

    @property
    def idle(self) -> bool:
        """Whether all calls have ended."""
        return all(connection.idle for connection in self.connections)

    def begin_call(self, call: Call, begun: float) -> None:
        """Begins a call on the next connection."""
        connection = next(self._turns)
        connection.begin_call(call, begun)
        connection.send()


def run(target: Target, calls: Iterator[Call], *, rate: float, seconds: float) -> None:
    """Calls for a number of seconds, and waits for the answers. Raises TimeoutError."""
    chance = random.Random(_SEED)  # noqa: S311 - arrivals, not secrets
    # Not epoll: it waits in whole milliseconds, which a call that is due would wait as well.
    with selectors.SelectSelector() as selector:
        for connection in target.connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        due = time.perf_counter()
        stop_at = due + seconds
        while due < stop_at or not target.idle:
            now = time.perf_counter()
            while due < min(now, stop_at):
                target.begin_call(next(calls), due)
                due += chance.expovariate(rate)
            wait = max(0.0, due - now) if due < stop_at else ANSWER_TIMEOUT_SECONDS
            ready = selector.select(wait)
            if not ready and due >= stop_at:
                raise TimeoutError(f"no answer for {ANSWER_TIMEOUT_SECONDS} s")
            for key, _ in ready:
                key.data.receive()


def _rest_calls(path: Path, port: int, expected: str | None) -> list[Call]:
    lines = (line.split() for line in path.read_text("ascii").splitlines())
    return [(request(port, token), (expected or user_id).encode()) for user_id, token in lines]


def main() -> None:
    """Reads the command line, calls, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--protocol", choices=("grpc", "rest"), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tokens", type=Path, required=True, help="lines: user ID, token")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, required=True, help="calls a second")
    parser.add_argument("--expect", help="a text for all answers, instead of the user ID")
    arguments = parser.parse_args()
    outcome = Outcome()
    target: Target
    if arguments.protocol == "grpc":
        target = GrpcConnections(arguments.port, outcome)
        calls = read_calls(arguments.tokens, arguments.expect)
    else:
        target = RestPool(arguments.port, outcome)
        calls = _rest_calls(arguments.tokens, arguments.port, arguments.expect)
    begun = time.perf_counter()
    run(target, cycle(calls), rate=arguments.rate, seconds=arguments.seconds)
    print(as_json(outcome, time.perf_counter() - begun))


if __name__ == "__main__":
    main()
