"""How long a soak lasts: short where many tests wait, long where memory is to be seen growing."""

from typing import NamedTuple


class Lengths(NamedTuple):
    """In seconds. calm: before, between and after all that is done; fault: without one node.

    warm_up: of each process, in which it may grow. judged: how long it must run after that.
    megabytes_per_minute: how fast its memory may grow then; 0 where the time is too short to tell.
    """

    calm: float
    fault: float
    warm_up: float
    judged: float
    megabytes_per_minute: float


SHORT = Lengths(calm=2, fault=1, warm_up=2, judged=2, megabytes_per_minute=0)
# Twenty minutes: two long calms, one for the first processes of each server and one for the second.
LONG = Lengths(calm=520, fault=60, warm_up=120, judged=240, megabytes_per_minute=1)
