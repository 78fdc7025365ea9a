"""How a serving program ends: in time, whatever is stuck."""

import os
import threading
from typing import NamedTuple

import structlog

from getme.program.logs import finish_logs

# How long the end takes at least, from the delay on: connections to others are closed.
CLOSE_SECONDS = 1.0
# For callers to hear, after the grace, that their calls are cut.
CUT_SECONDS = 0.2
SIGNAL_EXIT_CODE = 128  # plus the signal's number, as shells tell of one who died of it

_log = structlog.get_logger()


class StopTimes(NamedTuple):
    """delay_seconds: calls are still taken. grace_seconds: then those under way may end."""

    delay_seconds: float
    grace_seconds: float

    @property
    def longest_seconds(self) -> float:
        """After which the process is gone, whatever holds it up."""
        return self.delay_seconds + max(self.grace_seconds + CUT_SECONDS, CLOSE_SECONDS)


def end_in_time(times: StopTimes) -> None:
    """Ends the process, as if all were well, if it has not ended by itself in time."""
    ending = threading.Timer(times.longest_seconds, _end)
    ending.daemon = True
    ending.start()


def _end() -> None:
    _log.warning("stop_cut_short")
    finish_logs()
    os._exit(0)
