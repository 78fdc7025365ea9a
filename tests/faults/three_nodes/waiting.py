"""Waits for what will be, instead of for a time that is hoped to be enough."""

import time
from collections.abc import Callable

POLL_SECONDS = 0.05


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether condition becomes true in time."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(POLL_SECONDS)
    return True
