"""What a process has counted: plain values, so that those of several workers can be added."""

from dataclasses import dataclass, field

from getme_server.interceptors.metrics import CallCounts
from getme_server.memory_metrics import MemoryFigures


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
