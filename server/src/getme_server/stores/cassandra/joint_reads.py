"""Reads that come while others are on their way, sent as one.

One read costs this process nearly as much for a key as for ten. So LANES of them are on their way
at once, and what comes meanwhile waits: when one ends, all that wait go together, read by the
thread of the first of them. Where there is little to do, each goes at once and by itself. A read is
begun after all calls that it is for, so it sees all that they must see.

No call pays for another's trouble. Nobody waits for longer than PATIENCE_SECONDS to be taken along:
a read that takes longer than that gives up its lane. Where a read of several fails, whoever it was
for reads by itself.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline

LANES = 2
MAX_TOGETHER = 16
PATIENCE_SECONDS = 0.02  # several times what a read takes

K = TypeVar("K")
V = TypeVar("V")


class _Call(Generic[K, V]):
    """One call. answer: None if there is none. group: once it is to read, whom for, it first."""

    __slots__ = ("answer", "group", "key", "woken")

    def __init__(self, key: K) -> None:
        self.key = key
        self.woken = threading.Event()
        self.group: list[_Call[K, V]] = []
        self.answer: V | None = None


class JointReads(Generic[K, V]):
    """Reads by key, for many threads at once.

    alone, together: read one or several, answers in the order of the keys; both raise
    StoreUnavailable, DeadlinePassed, CallAbandoned. together may fail where alone would not.
    """

    def __init__(
        self,
        alone: Callable[[K, Deadline], V],
        together: Callable[[Sequence[K], Deadline], Sequence[V]],
    ) -> None:
        self._alone = alone
        self._together = together
        self._mutex = threading.Lock()
        self._waiting: deque[_Call[K, V]] = deque()
        self._lanes: deque[_Call[K, V]] = deque()  # those that read, the oldest first

    def read(self, key: K, deadline: Deadline) -> V:
        """What alone answers, whichever way it was read. Raises as alone does."""
        call = _Call[K, V](key)
        with self._mutex:
            self._waiting.append(call)
            if len(self._lanes) < LANES:
                self._begin(call)
        if not call.group:
            self._wait(call, deadline)
        if call.group:
            return self._read_for(call, deadline)
        # None: the read that it was for has failed, or nobody waits any more, which alone notices.
        return self._alone(key, deadline) if call.answer is None else call.answer

    def _wait(self, call: _Call[K, V], deadline: Deadline) -> None:
        """Until there is an answer, none is to be had, or it is this call's turn to read."""
        if not deadline.when_abandoned(call.woken.set):
            call.woken.set()
        is_woken = call.woken.wait(min(PATIENCE_SECONDS, deadline.remaining()))
        with self._mutex:
            if call in self._waiting:
                if is_woken:  # nobody waits for it any more
                    self._waiting.remove(call)
                else:
                    self._lanes.popleft()
                    self._begin(call)
        if not is_woken and not call.group:
            call.woken.wait(deadline.remaining())

    def _read_for(self, reader: _Call[K, V], deadline: Deadline) -> V:
        if len(reader.group) == 1:
            try:
                return self._alone(reader.key, deadline)
            finally:
                self._end(reader)
        answers: Sequence[V] = ()
        try:
            with suppress(StoreUnavailable):
                answers = self._together([call.key for call in reader.group], deadline)
        finally:
            self._end(reader)
            for call, answer in zip(reader.group, answers, strict=False):
                call.answer = answer
            for call in reader.group[1:]:
                call.woken.set()
        return self._alone(reader.key, deadline) if reader.answer is None else reader.answer

    def _end(self, reader: _Call[K, V]) -> None:
        """Hands the lane of a read on, if it has it still."""
        with self._mutex:
            if reader not in self._lanes:
                return
            self._lanes.remove(reader)
            if not self._waiting:
                return
            following = self._waiting[0]
            self._begin(following)
        following.woken.set()

    def _begin(self, reader: _Call[K, V]) -> None:
        """Gives a lane to a call that waits, and takes others that wait along; under the mutex."""
        self._waiting.remove(reader)
        reader.group.append(reader)
        while self._waiting and len(reader.group) < MAX_TOGETHER:
            reader.group.append(self._waiting.popleft())
        self._lanes.append(reader)
