"""Which program runs, of which version and on what, for Prometheus.

A gauge that is always 1, as Prometheus' own programs show it: joined with another metric it tells
that one by version.
"""

import platform
from collections.abc import Iterator
from importlib.metadata import version

import grpc
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class BuildInfo(Collector):
    """Shows getme_build_info. distribution: the program's, as pip knows it."""

    def __init__(self, distribution: str) -> None:
        self._labels = {
            "version": version(distribution),
            "python": platform.python_version(),
            "grpcio": grpc.__version__,
        }

    def collect(self) -> Iterator[Metric]:
        """The one metric."""
        gauge = GaugeMetricFamily(
            "getme_build_info", "What runs; the value is always 1.", labels=list(self._labels)
        )
        gauge.add_metric(list(self._labels.values()), 1)
        yield gauge
