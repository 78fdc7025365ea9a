"""What the gateway remembers, and whether it may use it, for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from getme.remembered import Memory


class MemoryCollector(Collector):
    """Shows the memory of the client."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def collect(self) -> Iterator[Metric]:
        """Lookups, invalidations, entries, bytes and the lease."""
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
