"""What each process holds of the machine while it runs, and whether that grows."""

import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Self

import psutil

from tests.faults.three_nodes.footprint import MEGABYTE, Footprint
from tests.faults.three_nodes.whole_installation.lengths import Lengths
from tests.servers.programs import Program

LOOK_SECONDS = 0.5
EDGE = 3  # samples of the begin and of the end that are compared
# A worker starts its threads for calls and its connections when it first needs them, and a lost
# node's connections come back; a leak of one for each call would be hundreds.
SLACK = Footprint(threads=8, files=10, resident_megabytes=60)


class Sample(NamedTuple):
    """at: monotonic, seconds."""

    at: float
    megabytes: float
    threads: int
    files: int


class Growth(NamedTuple):
    """Of one process after its warm-up: what it held at the begin and at the end.

    per_minute: megabytes, the slope of a straight line through all that was seen.
    """

    process: str
    minutes: float
    megabytes: tuple[int, int]
    per_minute: float
    threads: tuple[int, int]
    files: tuple[int, int]

    def __str__(self) -> str:
        return (
            f"{self.process:<24} in {self.minutes:4.1f} min: "
            f"{self.megabytes[0]:3} -> {self.megabytes[1]:3} MB ({self.per_minute:+.2f} MB/min), "
            f"threads {self.threads[0]:2} -> {self.threads[1]:2}, "
            f"files {self.files[0]:2} -> {self.files[1]:2}"
        )

    def faults(self, lengths: Lengths) -> Iterator[str]:
        """What grew more than it may."""
        allowed = lengths.megabytes_per_minute
        grown = self.per_minute * self.minutes
        if (self.per_minute > allowed) if allowed else (grown > SLACK.resident_megabytes):
            yield f"memory grows: {self}"
        if self.threads[1] > self.threads[0] + SLACK.threads:
            yield f"threads grow: {self}"
        if self.files[1] > self.files[0] + SLACK.files:
            yield f"open files grow: {self}"


class Holdings:
    """Looks at all processes of some programs from `with` on until its end.

    programs: those that run now; one that was restarted has other processes.
    """

    def __init__(self, programs: Callable[[], Mapping[str, Program]]) -> None:
        self._programs = programs
        self._samples: defaultdict[str, list[Sample]] = defaultdict(list)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        self._thread.join()

    def growths(self, lengths: Lengths) -> list[Growth]:
        """Of each process that ran for long enough after its warm-up."""
        found = []
        for process, samples in self._samples.items():
            warm = [each for each in samples if each.at >= samples[0].at + lengths.warm_up]
            if len(warm) >= 2 * EDGE and warm[-1].at - warm[0].at >= lengths.judged:
                found.append(_growth(process, warm))
        return found

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for name, program in self._programs().items():
                for process, sample in _samples_of(name, program):
                    self._samples[process].append(sample)


def _samples_of(name: str, program: Program) -> Iterator[tuple[str, Sample]]:
    try:
        parent = psutil.Process(program.process.pid)
        for process in (parent, *parent.children(recursive=True)):
            role = "worker" if "spawn_main" in " ".join(process.cmdline()) else "process"
            yield (
                f"{name}, {role} {process.pid}",
                Sample(
                    time.monotonic(),
                    process.memory_info().rss / MEGABYTE,
                    process.num_threads(),
                    process.num_fds(),
                ),
            )
    except psutil.NoSuchProcess:
        return  # it ended between two looks, as a restarted one does


def _growth(process: str, warm: list[Sample]) -> Growth:
    minutes = [(each.at - warm[0].at) / 60 for each in warm]
    line = statistics.linear_regression(minutes, [each.megabytes for each in warm])
    return Growth(
        process,
        minutes[-1],
        _edges([each.megabytes for each in warm]),
        line.slope,
        _edges([each.threads for each in warm]),
        _edges([each.files for each in warm]),
    )


def _edges(numbers: Sequence[float]) -> tuple[int, int]:
    """What is held at the begin and at the end, whatever one single look saw."""
    return int(statistics.median(numbers[:EDGE])), int(statistics.median(numbers[-EDGE:]))
