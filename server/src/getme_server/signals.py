"""Acts on signals in a thread, where that is safe.

A handler of Python interrupts the main thread in the middle of anything: one that set the event
that the main thread was about to wait for would hang with it. And it runs only once the main thread
does, which a signal that the system gave to another thread does not wake from a lock.
"""

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import structlog

_MAX_BYTES = 64  # one for each signal that came

_log = structlog.get_logger()


class Signals:
    """The signals of this process. To be made once, in the main thread."""

    def __init__(self) -> None:
        self._actions: dict[int, Callable[[], None]] = {}
        self._came, self._told = socket.socketpair()
        self._told.settimeout(0)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._act, name="signals", daemon=True).start()

    def heed(self, number: signal.Signals, action: Callable[[], None]) -> None:
        """Has action called, in a thread, when the signal comes. For the main thread."""
        self._actions[number] = action
        signal.signal(number, _noted)

    def _act(self) -> None:
        while True:
            for number in self._came.recv(_MAX_BYTES):
                action = self._actions.get(number)
                if action is not None:
                    _act_on(action)


def _act_on(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:  # noqa: BLE001  # the thread must live on: the next one may be SIGTERM
        _log.exception("bug")


def _noted(_number: int, _frame: FrameType | None) -> None:
    """The signal's byte was written to the socket before."""
