"""Limits that the workers of one server have in common: their parent counts, and they ask it.

A pipe for each worker, as for its figures. An answer from the parent is a matter of microseconds,
so the threads of a worker ask one after the other.
"""

import threading
from multiprocessing.connection import Connection

from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.errors import RateLimited, StoreUnavailable

ANSWER_SECONDS = 1.0


class SharedLimits:
    """An AttemptLimits in a worker. to_parent: answered there by `answer_takes`.

    Raises StoreUnavailable if the parent does not answer: it is gone, and the worker will follow
    it, or nobody can tell how many attempts were made.
    """

    def __init__(self, to_parent: Connection, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._to_parent = to_parent
        self._answer_seconds = answer_seconds
        self._mutex = threading.Lock()
        self._asked = 0

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        """Counts one attempt; see AttemptLimits."""
        if not self._mutex.acquire(timeout=self._answer_seconds):
            raise _parent_is_silent()
        try:
            wait_seconds = self._ask(attempt, address, account)
        finally:
            self._mutex.release()
        if wait_seconds is not None:
            raise RateLimited(wait_seconds)

    def _ask(self, attempt: Attempt, address: str, account: str) -> float | None:
        self._asked += 1
        try:
            self._to_parent.send((self._asked, attempt, address, account))
            while self._to_parent.poll(self._answer_seconds):
                answered, wait_seconds = self._to_parent.recv()
                if answered == self._asked:  # an earlier answer came too late to be read
                    return None if wait_seconds is None else float(wait_seconds)
        except (EOFError, OSError):
            pass  # the parent is gone
        raise _parent_is_silent()


def answer_takes(limits: AttemptLimits, worker: Connection) -> None:
    """Answers one worker, in a thread of the parent, until the worker is gone."""
    with worker:
        try:
            while True:
                number, attempt, address, account = worker.recv()
                worker.send((number, _wait_seconds(limits, attempt, address, account)))
        except (EOFError, OSError):
            return


def _wait_seconds(
    limits: AttemptLimits, attempt: Attempt, address: str, account: str
) -> float | None:
    try:
        limits.take(attempt, address=address, account=account)
    except RateLimited as refused:
        return refused.retry_after_seconds
    return None


def _parent_is_silent() -> StoreUnavailable:
    return StoreUnavailable("the parent process, which counts attempts, does not answer")
