"""What 1,000 watching clients cost a server while nothing changes: CPU, threads, memory, GetMe."""

import time
from typing import NamedTuple

import grpc

from bench.measure import percentile
from bench.people import TokenFiles
from bench.starter import Service
from bench.steady_calls import SteadyCalls
from bench.watching import watching

WATCHERS = 1_000
CALLS_A_SECOND = 200
_SETTLE_SECONDS = 1.0  # for what the beginning of the streams has left to do


class State(NamedTuple):
    """A server with so many watchers. cpu_share: of one core, while GetMe is not called."""

    watchers: int
    cpu_share: float
    threads: int
    resident_mib: float
    p50_ms: float
    p99_ms: float


def measure_watched_server(
    service: Service, tokens: TokenFiles, *, seconds: float
) -> tuple[State, State]:
    """Without watchers and with WATCHERS. seconds: twice for each. Raises LoadFailed."""
    alone = _state(service, tokens, 0, seconds)
    with watching(service, WATCHERS) as watchers:
        time.sleep(_SETTLE_SECONDS)
        watched = _state(service, tokens, WATCHERS, seconds)
        watchers.end()
    return alone, watched


def _state(service: Service, tokens: TokenFiles, watchers: int, seconds: float) -> State:
    program = service.program
    before, begun = program.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    cpu_share = (program.cpu_seconds() - before) / (time.monotonic() - begun)
    with grpc.insecure_channel(f"127.0.0.1:{service.port}") as channel:
        get_me = SteadyCalls(channel, tokens, calls_a_second=CALLS_A_SECOND)
        latencies = [next(get_me) for _ in range(int(seconds * CALLS_A_SECOND))]
    return State(
        watchers,
        cpu_share,
        program.threads(),
        program.resident_mib(),
        percentile(latencies, 0.5),
        percentile(latencies, 0.99),
    )
