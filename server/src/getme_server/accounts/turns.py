"""Turns of this process's threads, for what would only get in its own way if done at once.

Several conditional writes of one row at the same time make each other wait in the store, at times
for so long that all of them fail (Paxos of Cassandra). Who comes after the first one here reads
what that has written. Between processes the store decides all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline

_STRIPES = 256  # those who share one by chance wait for each other, and nothing else happens


class Turns:
    """One thread at a time for each ID."""

    def __init__(self) -> None:
        self._locks = [Lock() for _ in range(_STRIPES)]

    @contextmanager
    def turn(self, named: UUID, deadline: Deadline) -> Iterator[bool]:
        """Has the turn until the end of `with`; whether it had to wait for it.

        Raises StoreUnavailable if it does not come in time.
        """
        lock = self._locks[named.int % _STRIPES]
        waits = not lock.acquire(blocking=False)
        if waits and not lock.acquire(timeout=deadline.remaining()):
            raise StoreUnavailable("others with the same token wait for the store already")
        try:
            yield waits
        finally:
            lock.release()
