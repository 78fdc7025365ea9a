"""How many calls a second a server answers with 1, 2 and 4 workers, each call reading Cassandra.

Server, load and Cassandra share all cores of the machine here, so that the figures say what one
more worker brings on such a machine, and nothing about a larger one.
"""

from typing import NamedTuple

from bench.load import load
from bench.measure import WARM_UP_SECONDS, Spread
from bench.people import TokenFiles
from bench.starter import Starter
from bench.subjects import Protocol, Subject

NUMBERS = (1, 2, 4)


class Throughput(NamedTuple):
    """What a number of workers answered. p99_ms: median over the rounds."""

    workers: int
    calls_a_second: Spread
    p99_ms: Spread


def measure_workers(
    starter: Starter, tokens: TokenFiles, *, rounds: int, seconds: float
) -> list[Throughput]:
    """One row for each of NUMBERS, measured in turn. Raises LoadFailed."""
    subjects = {number: _subject(starter, number) for number in NUMBERS}
    for subject in subjects.values():
        load(subject, tokens, WARM_UP_SECONDS)
    results = [
        {number: load(subject, tokens, seconds) for number, subject in subjects.items()}
        for _ in range(rounds)
    ]
    return [
        Throughput(
            number,
            Spread.of([result[number].calls / result[number].seconds for result in results]),
            Spread.of([result[number].p99_ms for result in results]),
        )
        for number in NUMBERS
    ]


def _subject(starter: Starter, workers: int) -> Subject:
    service = starter.with_workers(workers)
    name = f"getme, Cassandra, {workers} workers"
    return Subject(name, Protocol.GRPC, service.port, {"server": service.program})
