"""What a process has counted: plain values, so that those of several workers can be added."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from getme_server.interceptors.metrics import CallCollector, CallCounts
from getme_server.memory_metrics import MemoryCollector, MemoryFigures


@dataclass(slots=True)
class Figures:
    """Of one process, or of several together."""

    calls: CallCounts = field(default_factory=CallCounts)
    memory: MemoryFigures = field(default_factory=MemoryFigures)

    def add(self, other: "Figures") -> None:
        """Adds those of another process."""
        self.calls.add(other.calls)
        self.memory.add(other.memory)

    def forget_levels(self) -> None:
        """What the process holds now: it is gone."""
        self.memory.levels.clear()


class FiguresCollector(Collector):
    """Shows all figures to Prometheus. read: those of all workers, asked once for each scrape."""

    def __init__(self, read: Callable[[], Figures]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """The metrics of calls and of memory."""
        figures = self._read()
        yield from CallCollector(lambda: figures.calls).collect()
        yield from MemoryCollector(figures.memory, figures.calls.looked_up).collect()
