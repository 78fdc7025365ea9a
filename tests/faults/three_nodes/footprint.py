"""What a server holds of the machine, to tell whether a fault has left something behind."""

import time
from typing import NamedTuple

import psutil

from tests.servers.programs import Program

MEGABYTE = 1 << 20
SETTLE_SECONDS = 20  # the driver reconnects after 5 s at most, and health looks each second
POLL_SECONDS = 0.2


class Footprint(NamedTuple):
    """Of a program with all its processes. files: open descriptors, connections among them."""

    threads: int
    files: int
    resident_megabytes: int

    def within(self, other: "Footprint", slack: "Footprint") -> bool:
        """Whether it is at most another one, and so much more."""
        return all(
            mine <= theirs + more for mine, theirs, more in zip(self, other, slack, strict=True)
        )


# A handful of threads and connections come and go with health probes and reconnections; a leak of
# one for each call or each reconnection would be hundreds.
SLACK = Footprint(threads=6, files=8, resident_megabytes=30)


def footprint(program: Program) -> Footprint:
    """What it holds now."""
    parent = psutil.Process(program.process.pid)
    processes = [parent, *parent.children(recursive=True)]
    return Footprint(
        sum(process.num_threads() for process in processes),
        sum(process.num_fds() for process in processes),
        sum(process.memory_info().rss for process in processes) // MEGABYTE,
    )


def settled(program: Program, before: Footprint) -> Footprint:
    """What it holds once that is no more than before, or at last."""
    ends = time.monotonic() + SETTLE_SECONDS
    while not (now := footprint(program)).within(before, SLACK) and time.monotonic() < ends:
        time.sleep(POLL_SECONDS)
    return now
