"""Waits on the demo's programs: for a condition, or until a person ends it all."""

import threading
import time
from collections.abc import Callable, Sequence

from demo.errors import DemoError, Stopped
from demo.program import Program

_START_SECONDS = 60.0  # a first start on a slow disk
_LOOK_SECONDS = 0.02  # so that a start is not kept waiting
_WATCH_SECONDS = 0.2


class Watch:
    """Every wait ends as well when stopping is set (Stopped) or a program fails (DemoError)."""

    def __init__(self, programs: Sequence[Program], stopping: threading.Event) -> None:
        self._programs = programs
        self._stopping = stopping

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Returns once condition holds; what names it. Raises DemoError if that takes too long."""
        give_up = time.monotonic() + _START_SECONDS
        while not condition():
            if time.monotonic() > give_up:
                logs = ", ".join(str(program.log) for program in self._programs)
                raise DemoError(f"{what} took more than {_START_SECONDS:.0f} s; logs: {logs}")
            self._pause(_LOOK_SECONDS)

    def until_stopped(self) -> None:
        """Never returns."""
        while True:
            self._pause(_WATCH_SECONDS)

    def _pause(self, seconds: float) -> None:
        for program in self._programs:
            program.require_running()
        if self._stopping.wait(seconds):
            raise Stopped
