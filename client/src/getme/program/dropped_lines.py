"""How many lines of its log a program has dropped, for Prometheus: nobody reads it, or too slowly.

The log itself tells of them only once somebody reads it again.
"""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from getme.program.line_queue import Dropped


class DroppedLines(Collector):
    """Shows getme_log_lines_dropped_total. read: asked for each scrape."""

    def __init__(self, read: Callable[[], Dropped]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """The one metric."""
        dropped = self._read()
        lines = CounterMetricFamily(
            "getme_log_lines_dropped",
            "Lines of the log for which there was no room, since nobody read those before them.",
            labels=["kind"],
        )
        lines.add_metric(["audit"], dropped.kept_lines)
        lines.add_metric(["other"], dropped.lines)
        yield lines
