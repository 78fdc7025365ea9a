"""What the gateway remembers, and how well it knows what has changed, for Prometheus."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from getme.remembered import Memory

# Seconds; the server's own are the same. Memory may be used until 0.9 (`getme.feed`).
LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75, 1.0)
_LAG_BOUNDS = (*map(str, LAG_BUCKETS), "+Inf")


class MemoryCollector(Collector):
    """Shows the memory of the client, and hears of each message of its feed."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._lag = [0] * len(_LAG_BOUNDS)
        self._lag_seconds = 0.0
        memory.feed.on_lag = self._observe_lag

    def _observe_lag(self, seconds: float) -> None:
        self._lag[bisect_left(LAG_BUCKETS, seconds)] += 1
        self._lag_seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Lookups, invalidations, entries, bytes, the lease and the lag."""
        memory = self._memory
        lookups = CounterMetricFamily(
            "getme_memory_lookups", "Answers looked for in memory.", labels=["result"]
        )
        lookups.add_metric(["hit"], memory.hits)
        lookups.add_metric(["miss"], memory.misses)
        yield lookups
        yield CounterMetricFamily(
            "getme_invalidations", "Users who were told to have changed.", memory.invalidations
        )
        yield GaugeMetricFamily("getme_memory_entries", "What is remembered.", memory.entries)
        yield GaugeMetricFamily(
            "getme_memory_bytes", "Roughly how many bytes that takes.", memory.size_bytes
        )
        yield GaugeMetricFamily(
            "getme_leases",
            "Whether memory may be used: 1, or 0 while the server is not heard.",
            int(memory.lease_seconds_left > 0),
        )
        lag = HistogramMetricFamily(
            "getme_invalidation_lag_seconds",
            "How long ago at most what a message of the server told had happened.",
        )
        lag.add_metric(
            [], list(zip(_LAG_BOUNDS, accumulate(self._lag), strict=True)), self._lag_seconds
        )
        yield lag
