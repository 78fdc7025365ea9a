"""How long a scene lasts: short where many tests wait, long where rare faults are sought."""

import itertools
import os
import time
from collections.abc import Iterator
from typing import NamedTuple


class Lengths(NamedTuple):
    """In seconds.

    calm: before a fault and after it. fault: of most faults, and of no fault. frozen: of a worker.
    """

    calm: float
    fault: float
    frozen: float


SHORT = Lengths(calm=1, fault=2.5, frozen=5)
BRIEF = Lengths(calm=0.5, fault=1, frozen=3)  # of scenes that another store has had in full
LONG = Lengths(calm=20, fault=80, frozen=5)


def is_long() -> bool:
    """Whether this run seeks rare faults (`GETME_TEST_LONG=1`)."""
    return os.environ.get("GETME_TEST_LONG") == "1"


def again_and_again(seconds: float) -> Iterator[int]:
    """Numbers from 0, as long as the time is not over, and 0 in any case."""
    ends = time.monotonic() + seconds
    for number in itertools.count():
        yield number
        if time.monotonic() > ends:
            return
