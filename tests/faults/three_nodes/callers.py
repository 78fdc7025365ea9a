"""Threads that call GetMe all the time, and what became of each call.

Paced, not as fast as they can: what is measured is the server under a fault, and calls that wait
for each other's processor time would hide it. No call is repeated, here or by gRPC.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Self

import grpc

from getme.errors import error_of_call
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.tokens import bearer

THREADS = 16
CHANNELS = 8  # connections, so that each of two workers surely has some
CALLS_PER_SECOND_EACH = 6.25
DEADLINE_SECONDS = 5
OK = "OK"
_OPTIONS = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]


class Call(NamedTuple):
    """One call. began: monotonic, seconds. outcome: OK, or its gRPC code and reason."""

    began: float
    seconds: float
    outcome: str

    @property
    def ended(self) -> float:
        """When its answer was there."""
        return self.began + self.seconds


class Phase:
    """The calls of a stretch of time; those that it began in the middle of are its own, too."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began = time.monotonic()
        self.calls: list[Call] = []

    @property
    def failures(self) -> Counter[str]:
        """How many calls failed, by outcome."""
        return Counter(call.outcome for call in self.calls if call.outcome != OK)

    @property
    def slowest(self) -> float:
        """Seconds that the slowest call took."""
        return max(call.seconds for call in self.calls)

    def percentile(self, percent: float) -> float:
        """Seconds within which so many calls of a hundred were answered."""
        ordered = sorted(call.seconds for call in self.calls)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    def begun_after(self, moment: float) -> list[Call]:
        """Its calls that began after a moment."""
        return [call for call in self.calls if call.began > moment]

    def __str__(self) -> str:
        figures = [("p50", self.percentile(50)), ("p99", self.percentile(99))]
        shown = " ".join(
            f"{name} {1_000 * seconds:6.0f} ms"
            for name, seconds in [*figures, ("max", self.slowest)]
        )
        failed = ", ".join(f"{count} {outcome}" for outcome, count in self.failures.items())
        return f"{self.name:<34} {len(self.calls):>5} calls  {shown}  failed: {failed or 'none'}"


class Callers:
    """All threads together, from `with` on until its end.

    report: takes each phase when it is over.
    """

    def __init__(
        self, address: str, tokens: Sequence[str], report: Callable[[Phase], None]
    ) -> None:
        self._report = report
        self._stopping = threading.Event()
        self._channels = [grpc.insecure_channel(address, options=_OPTIONS) for _ in range(CHANNELS)]
        self._calls: list[list[Call]] = [[] for _ in range(THREADS)]
        self._threads = [
            threading.Thread(target=self._call, args=(number, tokens[number::THREADS]))
            for number in range(THREADS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        for channel in self._channels:
            channel.close()

    @property
    def channels(self) -> Sequence[grpc.Channel]:
        """The connections that the calls go over."""
        return self._channels

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """What the calls come to meanwhile; at its end, those that began in it are waited for."""
        phase = Phase(name)
        yield phase
        ends = time.monotonic()
        self._wait_for_calls_begun_before(ends)
        phase.calls = [
            call
            for calls in self._calls
            for call in list(calls)
            if call.ended >= phase.began and call.began < ends
        ]
        self._report(phase)

    def steady(self, name: str, seconds: float) -> Phase:
        """A phase in which nothing is done to anybody."""
        with self.phase(name) as phase:
            self.call_on(seconds)
        return phase

    def call_on(self, seconds: float) -> None:
        """Lets the threads call for so long."""
        self._stopping.wait(seconds)

    def first_answer(self, *, after: float, until: float) -> float | None:
        """When the first good answer was there after a moment; waits for it until another."""
        while time.monotonic() < until:
            good = [
                call.ended
                for calls in self._calls
                for call in list(calls)
                if call.outcome == OK and call.began > after
            ]
            if good:
                return min(good)
            self._stopping.wait(0.02)
        return None

    def _wait_for_calls_begun_before(self, moment: float) -> None:
        ends = moment + 2 * DEADLINE_SECONDS
        while not all(calls and calls[-1].began >= moment for calls in self._calls):
            assert time.monotonic() < ends, "a call took longer than its deadline"
            self._stopping.wait(0.02)

    def _call(self, number: int, tokens: Sequence[str]) -> None:
        users = UserServiceStub(self._channels[number % CHANNELS])
        due = time.monotonic()
        while not self._stopping.wait(max(0, due - time.monotonic())):
            due = max(due + 1 / CALLS_PER_SECOND_EACH, time.monotonic())
            calls = self._calls[number]
            calls.append(_outcome(users, tokens[len(calls) % len(tokens)]))


def _outcome(users: UserServiceStub, token: str) -> Call:
    began = time.monotonic()
    outcome = OK
    try:
        users.GetMe(GetMeRequest(), metadata=bearer(token), timeout=DEADLINE_SECONDS)
    except grpc.RpcError as failed:
        outcome = f"{failed.code().name} {error_of_call(failed).reason}"
    return Call(began, time.monotonic() - began, outcome)
