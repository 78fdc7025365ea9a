"""Writes that no answer waits for, and that may be lost: one after the other, in a thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import structlog

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned

MAX_WAITING = 1_000
_SECONDS = 5.0  # for one write

_log = structlog.get_logger()


class DeferredWrites:
    """Does writes soon. Where too many wait, or the store fails, they are dropped, with a line."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._room = BoundedSemaphore(max_waiting)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="deferred-write")

    def __call__(self, write: Callable[[Deadline], None]) -> None:
        """Does a write after the calls before it."""
        if self._room.acquire(blocking=False):
            self._thread.submit(self._write, write)
        else:
            _log.warning("write_dropped", cause="too many wait")

    def close(self) -> None:
        """Does those that wait, and no more."""
        self._thread.shutdown()

    def _write(self, write: Callable[[Deadline], None]) -> None:
        try:
            write(Deadline(_SECONDS))
        except (StoreUnavailable, CallAbandoned) as failed:
            cause = failed.cause if isinstance(failed, StoreUnavailable) else "no answer"
            _log.warning("write_dropped", cause=cause)
        finally:
            self._room.release()
