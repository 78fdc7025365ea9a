"""Counts and times of requests for Prometheus, with labels that no caller can multiply."""

from http import HTTPMethod

from prometheus_client import CollectorRegistry, Counter, Histogram

from getme.reasons import Reason

_METHODS = frozenset(HTTPMethod)
# Seconds. An answer takes about a millisecond; the last bucket is the default timeout.
_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class RequestMetrics:
    """Sees every answer. Routes are templates, methods outside the standard's are `other`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "getme_gateway_requests",
            "Requests answered, by method, route and status (499: the caller left first).",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "getme_gateway_request_seconds",
            "Time from the request's headers to its answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._refusals = Counter(
            "getme_gateway_refusals",
            "Requests refused, by the reason that the caller was told.",
            ("reason",),
            registry=registry,
        )
        for reason in Reason:  # all from the start, so that a rate shows the first one too
            self._refusals.labels(reason)
        # labels() locks and validates; looked up once for each combination.
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[str, Histogram] = {}

    def observe(self, *, method: str, route: str, status: int, seconds: float, reason: str) -> None:
        """Counts one answer. reason: why it was refused, empty where it was not."""
        key = (method if method in _METHODS else "other", route, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._requests.labels(key[0], route, str(status))
        counter.inc()
        histogram = self._histograms.get(route)
        if histogram is None:
            histogram = self._histograms[route] = self._seconds.labels(route)
        histogram.observe(seconds)
        if reason:
            self._refusals.labels(reason).inc()
