"""Times and counts what a process asks of its store, by operation, for Prometheus and the log.

Around the stores, not in them: an operation is what the rules ask for, one statement or three.
Answers from memory never come here. A lock, and not figures for each thread as calls have them:
a tenth of a microsecond beside a read that takes hundreds.
"""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar, cast

import structlog
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from getme_server.accounts.errors import StoreUnavailable
from getme_server.errors import DeadlinePassed
from getme_server.stores.opening import Stores

# Seconds; SQLite reads in 50 us, and GETME_STORE_TIMEOUT is 2 s.
BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
# Anything else that is raised is an answer, or a caller who did not wait for one.
_NO_ANSWER = (StoreUnavailable, DeadlinePassed)

_log = structlog.get_logger()
S = TypeVar("S")


@dataclass(slots=True)
class StoreCounts:
    """Of one process, or of several together.

    under_way: calls that wait for an answer now. in_flight: requests that nodes have not answered.
    available: processes that can ask.
    """

    seconds: Counter[str] = field(default_factory=Counter)
    buckets: Counter[tuple[str, int]] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    in_flight: int = 0
    available: int = 0

    def add(self, other: "StoreCounts") -> None:
        """Adds the figures of another process."""
        self.seconds.update(other.seconds)
        self.buckets.update(other.buckets)
        self.failed.update(other.failed)
        self.under_way += other.under_way
        self.in_flight += other.in_flight
        self.available += other.available

    def forget_levels(self) -> None:
        """What is now: the process is gone."""
        self.under_way = self.in_flight = self.available = 0


class StoreCalls:
    """Watches all calls of a process to its store."""

    def __init__(self) -> None:
        self._counts = StoreCounts()
        self._mutex = Lock()

    def watched(self, stores: Stores) -> Stores:
        """The same stores, each call of which is watched."""
        return stores._replace(
            accounts=self._watched("accounts", stores.accounts),
            credentials=self._watched("credentials", stores.credentials),
            sessions=self._watched("sessions", stores.sessions),
            revocations=self._watched("revocations", stores.revocations),
            changes=self._watched("changes", stores.changes),
        )

    def counted(self, stores: Stores) -> StoreCounts:
        """The figures of this process. stores: tell whether they answer, and what is sent."""
        total = StoreCounts()
        with self._mutex:
            total.add(self._counts)
        total.in_flight = stores.requests_in_flight()
        total.available = int(stores.availability.is_available)
        return total

    def begins(self) -> None:
        """A call begins."""
        with self._mutex:
            self._counts.under_way += 1

    def ends(self, operation: str, seconds: float, *, failed: bool) -> None:
        """A call has ended."""
        counts = self._counts
        with self._mutex:
            counts.under_way -= 1
            counts.seconds[operation] += seconds  # type: ignore[assignment]  # Counter adds floats
            counts.buckets[operation, bisect_left(BUCKETS, seconds)] += 1
            counts.failed[operation] += failed
        _log.debug(
            "store_call", operation=operation, duration_ms=round(seconds * 1000, 3), failed=failed
        )

    def _watched(self, name: str, store: S) -> S:
        return cast("S", _Watched(name, store, self))


class _Watched:
    """Stands for a store. Its methods are made when they are first asked for, and kept."""

    def __init__(self, name: str, store: object, calls: StoreCalls) -> None:
        self._name = name
        self._store = store
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found
        method = _watched_method(f"{self._name}.{name}", found, self._calls)
        setattr(self, name, method)
        return method


def _watched_method(
    operation: str, method: Callable[..., Any], calls: StoreCalls
) -> Callable[..., Any]:
    def call(*values: Any, **named: Any) -> Any:
        failed = False
        calls.begins()
        begun = time.perf_counter()
        try:
            return method(*values, **named)
        except _NO_ANSWER:
            failed = True
            raise
        finally:
            calls.ends(operation, time.perf_counter() - begun, failed=failed)

    return call


class StoreCollector(Collector):
    """Shows the figures of all workers together."""

    def __init__(self, counts: StoreCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """The metrics of getme_store_*, and of what is sent to Cassandra."""
        counts = self._counts
        seconds = HistogramMetricFamily(
            "getme_store_seconds", "How long calls to the store took.", labels=["operation"]
        )
        failed = CounterMetricFamily(
            "getme_store_failures", "Calls that the store did not answer.", labels=["operation"]
        )
        for operation in sorted(counts.seconds):
            seconds.add_metric(
                [operation], _cumulative(counts, operation), counts.seconds[operation]
            )
            failed.add_metric([operation], counts.failed[operation])
        yield seconds
        yield failed
        yield GaugeMetricFamily(
            "getme_store_calls_under_way", "Calls that wait for the store now.", counts.under_way
        )
        yield GaugeMetricFamily(
            "getme_cassandra_requests_in_flight",
            "Requests that Cassandra's nodes have not answered yet.",
            counts.in_flight,
        )
        yield GaugeMetricFamily(
            "getme_store_available", "Workers whose store answers now.", counts.available
        )


def _cumulative(counts: StoreCounts, operation: str) -> list[tuple[str, float]]:
    total = 0
    cumulative: list[tuple[str, float]] = []
    for index, bound in enumerate((*map(str, BUCKETS), "+Inf")):
        total += counts.buckets[operation, index]
        cumulative.append((bound, total))
    return cumulative
