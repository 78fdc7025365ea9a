"""How long the phases of a fault last: short where many tests wait, long where leaks are sought."""

from typing import NamedTuple


class Lengths(NamedTuple):
    """In seconds. calm: before and after; fault: of most; frozen, stopped: of these two."""

    calm: float
    fault: float
    frozen: float
    stopped: float


# Frozen for longer than the 10 s in which the driver gives a silent connection up.
SHORT = Lengths(calm=2, fault=3, frozen=12, stopped=8)
LONG = Lengths(calm=20, fault=60, frozen=60, stopped=60)
