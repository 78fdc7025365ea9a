"""The clock that leases are counted on: monotonic, of this machine alone."""

import time
from collections.abc import Callable
from functools import partial

Clock = Callable[[], float]

# Linux's time.monotonic stands still while the machine is suspended; a lease must not.
_BOOT_TIME = getattr(time, "CLOCK_BOOTTIME", None)

now: Clock = time.monotonic if _BOOT_TIME is None else partial(time.clock_gettime, _BOOT_TIME)
