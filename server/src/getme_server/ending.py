"""What tells a serving process to end; a second signal ends it at once."""

import os
import signal
import threading
from collections.abc import Callable
from functools import partial

from getme.program.ending import SIGNAL_EXIT_CODE
from getme.program.logs import finish_logs
from getme_server.signals import Signals


class StopSignals:
    """SIGTERM and Ctrl-C. stopping: set by the first; the second ends the process at once.

    wake: called after the first, for who waits for something else too. kill: what else is to be
    ended with the second. Not left to the default of these signals, which the first process of a
    container does not die of.
    """

    def __init__(self, signals: Signals) -> None:
        """Heeds them from now on. To be made in the main thread."""
        self.signals = signals
        self.stopping = threading.Event()
        self.wake: Callable[[], None] = _nothing
        self.kill: Callable[[], None] = _nothing
        for number in (signal.SIGTERM, signal.SIGINT):
            signals.heed(number, partial(self._stop, number))

    def _stop(self, number: int) -> None:
        if self.stopping.is_set():
            self.kill()
            finish_logs()
            os._exit(SIGNAL_EXIT_CODE + number)
        self.stopping.set()
        self.wake()


def _nothing() -> None:
    """There is nothing else."""
