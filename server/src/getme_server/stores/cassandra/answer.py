"""What a request came to, handed from the driver's thread to the one that waits.

Waits on an event of our own instead of the driver's `result()`, so that a cancelled call gives
its thread back at once, and with timeouts of our own, because the driver's timer costs a fifth of
a read (386 against 452 us of CPU a call, same run). Callbacks run on the driver's event-loop
thread and only set that event: anything more would stall every request.
"""

import threading
from typing import Any

from getme_server.accounts.errors import StoreUnavailable
from getme_server.errors import CallAbandoned
from getme_server.stores.cassandra.failures import describe

Rows = list[tuple[Any, ...]]


class Answer:
    """The first answer to one or more requests for the same thing, or the failure of all."""

    __slots__ = ("_abandoned", "_arrived", "_failures", "_requests", "_rows")

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._rows: Rows | None = None
        self._failures: list[Exception] = []
        self._requests = 1
        self._abandoned = False

    def has_rows(self, rows: Rows | None) -> None:
        """Takes the first page of rows, None from a write, and wakes who waits."""
        self._rows = rows or []
        self._arrived.set()

    def has_failed(self, error: Exception) -> None:
        """Takes the failure of a request, and wakes who waits if no other is under way."""
        self._failures.append(error)
        if len(self._failures) >= self._requests:
            self._arrived.set()

    def is_abandoned(self) -> None:
        """Wakes who waits: nobody wants the answer any more."""
        self._abandoned = True
        self._arrived.set()

    @property
    def has_failed_so_far(self) -> bool:
        """Whether every request that was sent has failed."""
        return self._rows is None and len(self._failures) >= self._requests

    @property
    def last_failure(self) -> Exception | None:
        """Why the request failed that failed last, if any did."""
        return self._failures[-1] if self._failures else None

    def expect_another(self) -> None:
        """One more request is about to be sent: its outcome is waited for, too."""
        self._requests += 1
        self._arrived.clear()
        if self._rows is not None or self._abandoned or self.has_failed_so_far:
            self._arrived.set()  # it came just now

    def wait(self, seconds: float) -> bool:
        """Whether there is an outcome, now or within so many seconds."""
        return self._arrived.wait(seconds)

    def rows(self) -> Rows:
        """The rows, once there is an outcome. Raises StoreUnavailable, CallAbandoned."""
        if self._rows is not None:
            return self._rows
        if self._abandoned:
            raise CallAbandoned
        raise StoreUnavailable(describe(self._failures[-1])) from self._failures[-1]
