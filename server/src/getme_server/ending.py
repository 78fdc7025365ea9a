"""How a serving process ends: in time whatever is stuck, and at once on a second signal."""

import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import structlog

from getme_server.signals import Signals

# What closing the store's connections may take beyond the grace.
CLOSE_SECONDS = 1.0
_SIGNAL_EXIT_CODE = 128  # plus the signal's number, as shells tell of one who died of it

_log = structlog.get_logger()


class StopTimes(NamedTuple):
    """delay_seconds: calls are still taken. grace_seconds: then those under way may end."""

    delay_seconds: float
    grace_seconds: float

    @property
    def longest_seconds(self) -> float:
        """After which the process is gone, whatever holds it up."""
        return self.delay_seconds + self.grace_seconds + CLOSE_SECONDS


class StopSignals:
    """SIGTERM and Ctrl-C. stopping: set by the first; the second ends the process at once.

    kill: what else is to be ended then. Not left to the default of these signals, which the first
    process of a container does not die of.
    """

    def __init__(self, signals: Signals) -> None:
        """Heeds them from now on. To be made in the main thread."""
        self.signals = signals
        self.stopping = threading.Event()
        self.kill: Callable[[], None] = _nothing
        for number in (signal.SIGTERM, signal.SIGINT):
            signals.heed(number, partial(self._stop, number))

    def _stop(self, number: int) -> None:
        if self.stopping.is_set():
            self.kill()
            os._exit(_SIGNAL_EXIT_CODE + number)
        self.stopping.set()


def end_in_time(times: StopTimes) -> None:
    """Ends the process, as if all were well, if it has not ended by itself in time."""
    ending = threading.Timer(times.longest_seconds, _end)
    ending.daemon = True
    ending.start()


def _end() -> None:
    _log.warning("stop_cut_short")
    os._exit(0)


def _nothing() -> None:
    """There is nothing else."""
