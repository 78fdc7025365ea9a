"""Changes that the workers of one server have made, seen by all of them at once.

In memory that the workers share. Each writes into a ring of its own, so that none waits for
another, and one that is frozen or killed holds up nobody:

    a counter for each worker, 8 bytes     how many changes it has written, ever
    a ring for each worker, 256 user IDs   the last of them

A change is written into the ring before it is counted.
"""

import struct
from collections.abc import Callable
from ctypes import Array, c_ubyte
from multiprocessing import get_context
from threading import Lock
from uuid import UUID

_COUNTER = struct.Struct("=Q")
_RING = 256
_USER_BYTES = 16

BoardMemory = Array[c_ubyte]


def board_memory(workers: int) -> BoardMemory:
    """Memory for a board, which can be handed to processes while they are spawned."""
    size = workers * (_COUNTER.size + _RING * _USER_BYTES)
    memory: BoardMemory = get_context("spawn").RawArray(c_ubyte, size)
    return memory


class ChangeBoard:
    """One worker's sight of the board. worker: its number, from 0, of so many workers."""

    def __init__(self, memory: BoardMemory, *, worker: int, workers: int) -> None:
        view = memoryview(memory).cast("B")
        self._counters = view[: workers * _COUNTER.size]
        self._rings = view[workers * _COUNTER.size :]
        self._worker = worker
        self._workers = workers
        self._writing = Lock()
        self._reading = Lock()
        self._seen = self._counters.tobytes()
        self._posted: Callable[[], None] = _nobody_listens

    def post(self, user_id: UUID) -> None:
        """This worker has changed something of a user."""
        with self._writing:
            count = _count(self._counters, self._worker)
            place = self._place(self._worker, count)
            self._rings[place : place + _USER_BYTES] = user_id.bytes
            _COUNTER.pack_into(self._counters, self._worker * _COUNTER.size, count + 1)
        self._posted()

    def listen(self, posted: Callable[[], None]) -> None:
        """Calls back when this worker has posted something; posted must not wait for anything."""
        self._posted = posted

    @property
    def has_news(self) -> bool:
        """Whether something was posted that nobody here has read."""
        return self._counters.tobytes() != self._seen

    def read(self, tell: Callable[[list[UUID] | None], None]) -> None:
        """Tells who was posted since the last time; None if there were more than a ring holds.

        It counts as read once tell has returned.
        """
        with self._reading:
            counters = self._counters.tobytes()
            if counters != self._seen:
                tell(self._posted_until(counters))
                self._seen = counters

    def _posted_until(self, counters: bytes) -> list[UUID] | None:
        posted = []
        for worker in range(self._workers):
            first, end = _count(self._seen, worker), _count(counters, worker)
            for count in range(max(first, end - _RING), end):
                place = self._place(worker, count)
                posted.append(UUID(bytes=self._rings[place : place + _USER_BYTES].tobytes()))
            # Looked at afterwards: what was read may have been overwritten meanwhile.
            if _count(self._counters, worker) - first >= _RING:
                return None
        return posted

    def _place(self, worker: int, count: int) -> int:
        return (worker * _RING + count % _RING) * _USER_BYTES


def _count(counters: bytes | memoryview, worker: int) -> int:
    (count,) = _COUNTER.unpack_from(counters, worker * _COUNTER.size)
    return int(count)


def _nobody_listens() -> None:
    """For a server that tells no others."""
