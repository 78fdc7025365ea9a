"""How many lines a second an access log may write, so that no caller fills the disk.

Knows nothing of calls or requests: who logs decides what counts against a budget and what, such
as a fault of ours, is written whatever it costs.
"""

import threading
from collections.abc import Callable

LINES_A_SECOND = 100


class LineBudget:
    """So many lines in each second. clock: monotonic, seconds."""

    def __init__(self, clock: Callable[[], float], lines_a_second: int = LINES_A_SECOND) -> None:
        self._clock = clock
        self._lines_a_second = lines_a_second
        self._second = 0
        self._spent = 0
        self._left_out = 0
        self._mutex = threading.Lock()

    def is_spent(self) -> bool:
        """Whether a line must be left out now; it counts as left out then."""
        if self._spent >= self._lines_a_second and int(self._clock()) == self._second:
            self._left_out += 1  # unlocked, on the path of every call: a miscount is no harm
            return True
        return False

    def take(self) -> int | None:
        """How many lines were left out since the last one, or None: leave this one out too."""
        if self.is_spent():
            return None
        second = int(self._clock())
        with self._mutex:
            if second != self._second:
                self._second, self._spent = second, 0
            self._spent += 1
            left_out, self._left_out = self._left_out, 0
            return left_out
