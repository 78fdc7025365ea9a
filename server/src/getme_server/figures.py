"""What a process has counted: plain values, so that those of several workers can be added."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from getme_server.accounts.attempts import Attempt
from getme_server.interceptors.metrics import CallCollector, CallCounts
from getme_server.limiting.counted_limits import REFUSED, TAKEN
from getme_server.memory_metrics import MemoryCollector, MemoryFigures
from getme_server.process_metrics import ProcessesCollector, ProcessFigures
from getme_server.store_calls import StoreCollector, StoreCounts
from getme_server.tokens.session_revoker import SESSION, TOKEN, USER


@dataclass(slots=True)
class Figures:
    """Of one process, or of several together.

    attempts: by kind and result. revocations: by what was taken back.
    """

    calls: CallCounts = field(default_factory=CallCounts)
    memory: MemoryFigures = field(default_factory=MemoryFigures)
    store: StoreCounts = field(default_factory=StoreCounts)
    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)
    revocations: Counter[str] = field(default_factory=Counter)
    processes: ProcessFigures = field(default_factory=ProcessFigures)

    def add(self, other: "Figures") -> None:
        """Adds those of another process."""
        self.calls.add(other.calls)
        self.memory.add(other.memory)
        self.store.add(other.store)
        self.attempts.update(other.attempts)
        self.revocations.update(other.revocations)
        self.processes.add(other.processes)

    def forget_levels(self) -> None:
        """What the process holds now: it is gone."""
        self.memory.levels.clear()
        self.store.forget_levels()
        self.processes.forget_levels()


class FiguresCollector(Collector):
    """Shows all figures to Prometheus. read: those of all workers, asked once for each scrape."""

    def __init__(self, read: Callable[[], Figures]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """The metrics of calls, memory, store, limits, revocations and processes."""
        figures = self._read()
        yield from CallCollector(lambda: figures.calls).collect()
        yield from MemoryCollector(figures.memory, figures.calls.looked_up).collect()
        yield from StoreCollector(figures.store).collect()
        attempts = CounterMetricFamily(
            "getme_attempts",
            "Sign-ins, registrations and refreshes, by what the limits said.",
            labels=["attempt", "result"],
        )
        for attempt in Attempt:  # all from the start, so that a rate shows the first one too
            for result in (TAKEN, REFUSED):
                attempts.add_metric([attempt, result], figures.attempts[attempt.value, result])
        yield attempts
        revocations = CounterMetricFamily(
            "getme_revocations", "What was taken back by calls, by what it was.", labels=["what"]
        )
        for what in (TOKEN, SESSION, USER):
            revocations.add_metric([what], figures.revocations[what])
        yield revocations
        yield from ProcessesCollector(figures.processes).collect()
