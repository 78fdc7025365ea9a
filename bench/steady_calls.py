"""GetMe at a steady rate, whatever else the server does meanwhile."""

import time
from collections.abc import Iterator
from itertools import cycle

import grpc

from bench.people import TokenFiles
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub

_TIMEOUT_SECONDS = 120.0


class SteadyCalls(Iterator[float]):
    """Calls one after the other; each item is a latency in milliseconds.

    From when the call was due, so that one slow call does not hide those that it held up.
    """

    def __init__(self, channel: grpc.Channel, tokens: TokenFiles, *, calls_a_second: float) -> None:
        self._tokens = cycle(token for _, token in tokens.pairs())
        self._call = UserServiceStub(channel).GetMe
        self._interval = 1 / calls_a_second
        self._due = time.perf_counter()

    def __next__(self) -> float:
        self._due = max(self._due + self._interval, time.perf_counter() - 1)
        time.sleep(max(0.0, self._due - time.perf_counter()))
        metadata = (("authorization", f"Bearer {next(self._tokens)}"),)
        self._call(GetMeRequest(), metadata=metadata, timeout=_TIMEOUT_SECONDS)
        return (time.perf_counter() - self._due) * 1_000
