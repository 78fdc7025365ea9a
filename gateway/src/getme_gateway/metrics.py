"""Counts and times of requests for Prometheus, with labels that no caller can multiply.

Plain numbers, which a scrape reads: all requests are counted in the one thread of the event loop,
and prometheus_client's counters take a lock for each of the three figures of a request, 2 us of the
30 that an answer from memory takes.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from http import HTTPMethod

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from getme.reasons import Reason

_METHODS = frozenset(HTTPMethod)
# Seconds. An answer takes about a millisecond; the last bucket is the default timeout.
_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_BOUNDS = (*map(str, map(float, _BUCKETS)), "+Inf")


class RequestMetrics(Collector):
    """Sees every answer. Routes are templates, methods outside the standard's are `other`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter(dict.fromkeys(Reason, 0))
        registry.register(self)

    def observe(self, *, method: str, route: str, status: int, seconds: float, reason: str) -> None:
        """Counts one answer. reason: why it was refused, empty where it was not."""
        self._requests[method if method in _METHODS else "other", route, status] += 1
        buckets = self._buckets.get(route)
        if buckets is None:
            buckets = self._buckets[route] = [0] * len(_BOUNDS)
        buckets[bisect_left(_BUCKETS, seconds)] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]  # Counter adds floats too
        if reason:
            self._refusals[reason] += 1

    def collect(self) -> Iterator[Metric]:
        """The metrics of getme_gateway_*."""
        requests = CounterMetricFamily(
            "getme_gateway_requests",
            "Requests answered, by method, route and status (499: the caller left first).",
            labels=("method", "route", "status"),
        )
        for (method, route, status), number in sorted(self._requests.copy().items()):
            requests.add_metric((method, route, str(status)), number)
        yield requests
        seconds = HistogramMetricFamily(
            "getme_gateway_request_seconds",
            "Time from the request's headers to its answer.",
            labels=("route",),
        )
        for route, buckets in sorted(self._buckets.copy().items()):
            total = 0
            cumulative: list[tuple[str, float]] = []
            for bound, number in zip(_BOUNDS, buckets, strict=True):
                total += number
                cumulative.append((bound, total))
            seconds.add_metric((route,), cumulative, self._seconds[route])
        yield seconds
        refusals = CounterMetricFamily(
            "getme_gateway_refusals",
            "Requests refused, by the reason that the caller was told.",
            labels=("reason",),
        )
        # All from the start, so that a rate shows the first one too.
        for reason, number in sorted(self._refusals.copy().items()):
            refusals.add_metric((reason,), number)
        yield refusals
