"""Counts every call, under the names of the gRPC ecosystem (go-grpc-prometheus).

Each thread counts on its own and a scrape adds up: prometheus_client's counters take a lock for
each of the four figures of a call. What a process has counted is a plain value, so that the
figures of several workers can be added by the process that started them.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import grpc
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from getme.reasons import Reason
from getme_server.call import refusal, status_code
from getme_server.interceptors.call_observer import CallObserver

# Seconds; a cached answer takes well under a millisecond.
BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5)

_OK = grpc.StatusCode.OK.name


@dataclass(slots=True)
class CallCounts:
    """Calls by method, by method and status code, how long they took, and refusals by reason.

    looked_up: how often memory was looked into, by whether it had an answer.
    """

    started: Counter[str] = field(default_factory=Counter)
    handled: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    buckets: Counter[tuple[str, int]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    looked_up: Counter[bool] = field(default_factory=Counter)

    def add(self, other: "CallCounts") -> None:
        """Adds the figures of another thread or process."""
        # Copied first: the other thread goes on counting while this one reads.
        self.started.update(other.started.copy())
        self.handled.update(other.handled.copy())
        self.seconds.update(other.seconds.copy())
        self.buckets.update(other.buckets.copy())
        self.refused.update(other.refused.copy())
        self.looked_up.update(other.looked_up.copy())


class CallMetrics(CallObserver):
    """Counts calls as they start and end."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._of_threads: list[CallCounts] = []
        self._mutex = threading.Lock()

    def counted(self) -> CallCounts:
        """The figures of all threads of this process."""
        total = CallCounts()
        with self._mutex:
            for counts in self._of_threads:
                total.add(counts)
        return total

    def looked_up(self, found: bool) -> None:  # its only argument
        """Memory was looked into for an answer."""
        self._counts().looked_up[found] += 1

    def answered_from_memory(self, method_name: str, seconds: float) -> None:
        """A call was answered well, so fast that nothing else saw it."""
        counts = self._counts()
        counts.started[method_name] += 1
        counts.handled[method_name, _OK] += 1
        counts.seconds[method_name] += seconds  # type: ignore[assignment]  # as below
        counts.buckets[method_name, bisect_left(BUCKETS, seconds)] += 1
        counts.looked_up[True] += 1

    def _begins(self, method_name: str) -> None:
        self._counts().started[method_name] += 1

    def _ends(self, context: grpc.ServicerContext, method_name: str, seconds: float) -> None:
        counts = self._counts()
        counts.handled[method_name, status_code(context).name] += 1
        error = refusal(context)
        if error is not None:
            counts.refused[error.reason] += 1
        counts.seconds[method_name] += seconds  # type: ignore[assignment]  # Counter adds floats too
        counts.buckets[method_name, bisect_left(BUCKETS, seconds)] += 1

    def _counts(self) -> CallCounts:
        counts: CallCounts | None = getattr(self._own, "counts", None)
        if counts is None:
            counts = self._own.counts = CallCounts()
            with self._mutex:
                self._of_threads.append(counts)
        return counts


class CallCollector(Collector):
    """Shows counted calls to Prometheus. read: the figures of all workers together."""

    def __init__(self, read: Callable[[], CallCounts]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """The three metrics of grpc_server_*, and getme_refusals_total."""
        counts = self._read()
        labels = ["grpc_service", "grpc_method"]
        started = CounterMetricFamily("grpc_server_started", "Calls begun.", labels=labels)
        for method, number in sorted(counts.started.items()):
            started.add_metric(_names(method), number)
        yield started
        handled = CounterMetricFamily(
            "grpc_server_handled", "Calls ended, by status code.", labels=[*labels, "grpc_code"]
        )
        for (method, code), number in sorted(counts.handled.items()):
            handled.add_metric([*_names(method), code], number)
        yield handled
        seconds = HistogramMetricFamily(
            "grpc_server_handling_seconds", "How long calls took.", labels=labels
        )
        for method in sorted(counts.seconds):
            seconds.add_metric(_names(method), _cumulative(counts, method), counts.seconds[method])
        yield seconds
        refused = CounterMetricFamily(
            "getme_refusals", "Calls refused, by ErrorInfo.reason.", labels=["reason"]
        )
        for reason in Reason:  # all from the start, so that a rate shows the first one too
            refused.add_metric([reason], counts.refused[reason])
        yield refused


def _cumulative(counts: CallCounts, method: str) -> list[tuple[str, float]]:
    total = 0
    cumulative: list[tuple[str, float]] = []
    for index, bound in enumerate((*BUCKETS, float("inf"))):
        total += counts.buckets[method, index]
        cumulative.append(("+Inf" if bound == float("inf") else str(bound), total))
    return cumulative


def _names(method: str) -> list[str]:
    service, _, name = method.removeprefix("/").partition("/")
    return [service, name]
