"""A server's processes, for Prometheus: what they take, how many answer, how many have died."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from getme.program.dropped_lines import DroppedLines
from getme.program.line_queue import Dropped
from getme.program.logs import dropped_lines


class Files(NamedTuple):
    """How many files a process has open, of how many it may."""

    open: float = 0.0
    limit: float = 0.0

    @property
    def share(self) -> float:
        """How much of its limit it has used."""
        return self.open / self.limit if self.limit else 0.0


@dataclass(slots=True)
class ProcessFigures:
    """Of one process, or of several together.

    started: when the oldest was, seconds since 1970; 0 where the system does not tell. files: of
    the process that has used most of its limit. dropped: lines of the log.
    """

    cpu_seconds: float = 0.0
    resident_bytes: float = 0.0
    virtual_bytes: float = 0.0
    started: float = 0.0
    files: Files = field(default_factory=Files)
    dropped: Dropped = field(default_factory=Dropped)

    def add(self, other: "ProcessFigures") -> None:
        """Adds the figures of another process."""
        self.cpu_seconds += other.cpu_seconds
        self.resident_bytes += other.resident_bytes
        self.virtual_bytes += other.virtual_bytes
        self.started = min(filter(None, (self.started, other.started)), default=0.0)
        self.files = max(self.files, other.files, key=lambda files: files.share)
        self.dropped = self.dropped.plus(other.dropped)

    def forget_levels(self) -> None:
        """What the process takes now: it is gone."""
        self.resident_bytes = self.virtual_bytes = self.started = 0.0
        self.files = Files()


def own_process() -> ProcessFigures:
    """Those of this process."""
    told = {
        sample.name.removeprefix("process_"): sample.value
        for metric in ProcessCollector(registry=None).collect()
        for sample in metric.samples
    }
    return ProcessFigures(
        cpu_seconds=told.get("cpu_seconds_total", 0.0),
        resident_bytes=told.get("resident_memory_bytes", 0.0),
        virtual_bytes=told.get("virtual_memory_bytes", 0.0),
        started=told.get("start_time_seconds", 0.0),
        files=Files(told.get("open_fds", 0.0), told.get("max_fds", 0.0)),
        dropped=dropped_lines(),
    )


class ProcessesCollector(Collector):
    """Shows the figures of all processes together, under the names that every program has."""

    def __init__(self, figures: ProcessFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """The metrics of process_*, where the system tells them, and of lines that were dropped."""
        figures = self._figures
        if figures.started:
            yield CounterMetricFamily(
                "process_cpu_seconds", "CPU time of all processes.", figures.cpu_seconds
            )
            for name, text, value in (
                ("resident_memory_bytes", "Memory that all hold.", figures.resident_bytes),
                ("virtual_memory_bytes", "Memory that all may use.", figures.virtual_bytes),
                ("start_time_seconds", "When the first one started.", figures.started),
                ("open_fds", "Open files of the process nearest its limit.", figures.files.open),
                ("max_fds", "How many files that one may open.", figures.files.limit),
            ):
                yield GaugeMetricFamily(f"process_{name}", text, value)
        yield from DroppedLines(lambda: figures.dropped).collect()


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
