"""The worker processes of a server, for Prometheus: how many answer, and how many have died."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Workers(NamedTuple):
    """ready: answer calls now. deaths: since the start; each was replaced, or will be."""

    ready: int
    deaths: int


class WorkersCollector(Collector):
    """read: asked once for each scrape."""

    def __init__(self, read: Callable[[], Workers]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """getme_workers and getme_worker_deaths_total."""
        workers = self._read()
        yield GaugeMetricFamily("getme_workers", "Processes that answer calls now.", workers.ready)
        yield CounterMetricFamily(
            "getme_worker_deaths", "Workers that died without being asked to.", workers.deaths
        )
