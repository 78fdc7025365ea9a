"""What a process remembers, and how well it knows what has changed, for Prometheus."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75, 1.0)

_LEVELS = {
    "leases": "Workers that may answer from memory now.",
    "watchers": "Streams of WatchInvalidations that are open.",
}
_HELD = {
    "entries": "What is remembered, by kind.",
    "bytes": "Roughly how many bytes that takes, by kind.",
}


@dataclass(slots=True)
class MemoryFigures:
    """Of one process, or of several together.

    levels: what is now, by name and kind. lag: how often news came so late at most, by bucket of
    LAG_BUCKETS. lag_seconds: their sum. invalidations: how many changes were heard of, and how
    often it was not known of whom there were some. tokens: how many were looked for, by whether
    they were remembered.
    """

    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    lag: Counter[int] = field(default_factory=Counter)
    lag_seconds: float = 0.0
    invalidations: int = 0
    tokens: Counter[bool] = field(default_factory=Counter)

    def observe_lag(self, seconds: float) -> None:
        """News came: what it tells of has happened so long ago at most."""
        self.lag[bisect_left(LAG_BUCKETS, seconds)] += 1
        self.lag_seconds += seconds

    def add(self, other: "MemoryFigures") -> None:
        """Adds the figures of another process."""
        self.levels.update(other.levels.copy())
        self.lag.update(other.lag.copy())
        self.lag_seconds += other.lag_seconds
        self.invalidations += other.invalidations
        self.tokens.update(other.tokens)


class MemoryCollector(Collector):
    """Shows the figures of all workers together. lookups: by whether they hit."""

    def __init__(self, figures: MemoryFigures, lookups: Counter[bool]) -> None:
        self._figures = figures
        self._lookups = lookups

    def collect(self) -> Iterator[Metric]:
        """The metrics of memory and of the feed of changes."""
        figures, lookups = self._figures, self._lookups
        for name, text, looked_up in (
            ("getme_memory_lookups", "Answers looked for in memory.", lookups),
            ("getme_token_lookups", "Tokens looked for among those verified.", figures.tokens),
        ):
            counter = CounterMetricFamily(name, text, labels=["result"])
            counter.add_metric(["hit"], looked_up[True])
            counter.add_metric(["miss"], looked_up[False])
            yield counter
        yield CounterMetricFamily(
            "getme_invalidations", "Users of whom workers heard a change.", figures.invalidations
        )
        for name, text in _HELD.items():
            gauge = GaugeMetricFamily(f"getme_memory_{name}", text, labels=["kind"])
            for (level, kind), number in sorted(figures.levels.items()):
                if level == name:
                    gauge.add_metric([kind], number)
            yield gauge
        for name, text in _LEVELS.items():
            yield GaugeMetricFamily(f"getme_{name}", text, value=figures.levels[name, ""])
        if ("redis_available", "") in figures.levels:  # else there is none
            yield GaugeMetricFamily(
                "getme_redis_available",
                "Workers whose Redis answered when it was asked last.",
                figures.levels["redis_available", ""],
            )
        lag = HistogramMetricFamily(
            "getme_invalidation_lag_seconds",
            "How long ago at most what a poll found in the log of changes had happened.",
        )
        total = 0
        buckets: list[tuple[str, float]] = []
        for index, bound in enumerate((*LAG_BUCKETS, float("inf"))):
            total += figures.lag[index]
            buckets.append(("+Inf" if bound == float("inf") else str(bound), total))
        lag.add_metric([], buckets, figures.lag_seconds)
        yield lag
