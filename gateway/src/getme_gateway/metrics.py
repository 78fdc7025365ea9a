"""Counts and times of requests for Prometheus, with labels that no caller can multiply.

Plain numbers, which a scrape reads: all requests are counted in the one thread of the event loop,
and prometheus_client's counters take a lock for each of the three figures of a request, 2 us of the
30 that an answer from memory takes.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from http import HTTPMethod
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from getme.reasons import Reason

_METHODS = frozenset(HTTPMethod)
# Seconds. An answer from memory takes 35 us, one of the server about a millisecond; the last bucket
# is the default timeout.
_BUCKETS = (
    *(0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1, 2.5, 5),
)
_BOUNDS = (*map(str, map(float, _BUCKETS)), "+Inf")


class _Times:
    """How long the answers of a route took: how many in each bucket, and all together."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * len(_BOUNDS)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect_left(_BUCKETS, seconds)] += 1
        self.seconds += seconds


class RequestMetrics(Collector):
    """Sees every answer. Routes are templates, methods outside the standard's are `other`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._times: defaultdict[str, _Times] = defaultdict(_Times)
        self._refusals: Counter[str] = Counter(dict.fromkeys(Reason, 0))
        registry.register(self)

    def observe(self, *, method: str, route: str, status: int, seconds: float, reason: str) -> None:
        """Counts one answer. reason: why it was refused, empty where it was not."""
        self._requests[method if method in _METHODS else "other", route, status] += 1
        self._times[route].add(seconds)
        if reason:
            self._refusals[reason] += 1

    def observer(self, method: str, route: str, status: int) -> Callable[[float], None]:
        """Counts answers that have all of these in common, given the seconds that each took."""
        requests, times = self._requests, self._times[route]
        labels = (method, route, status)

        def observe(seconds: float) -> None:
            requests[labels] += 1
            times.add(seconds)

        return observe

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
        for route, times in sorted(self._times.copy().items()):
            cumulative: list[tuple[str, float]] = list(
                zip(_BOUNDS, accumulate(times.buckets), strict=True)
            )
            seconds.add_metric((route,), cumulative, times.seconds)
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
