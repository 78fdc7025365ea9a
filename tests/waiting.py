"""Waits for what will be, instead of for a time that is hoped to be enough."""

import threading
import time
from collections.abc import Callable

LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 15.0


def until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether condition becomes true in time; another thread or process brings it about."""
    ends = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > ends:
            return False
        pause.wait(LOOK_SECONDS)
    return True
