"""How many calls may be under way at once; over it they are refused, not queued.

grpcio's own `maximum_concurrent_rpcs` would refuse health checks too, before any interceptor
sees the call: no reason, no metric, no log line.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

import grpc

from getme_server.errors import Overloaded
from getme_server.request_pool import RequestPool

_Call = tuple[Callable[..., object], tuple[Any, ...]]


class CallPool(RequestPool):
    """The threads that run calls of one kind, with a count of those running and waiting.

    Threads that take calls from a queue cost 1 us a call where a ThreadPoolExecutor takes 8.

    threads: how many there are. max_calls: how many may be running and waiting before Admission
    refuses more. niceness: how far these threads stand behind the others of the process for the
    CPU, 0 to 19 as in nice(2); counts on Linux only.
    """

    def __init__(
        self,
        threads: int,
        *,
        max_calls: int,
        thread_name_prefix: str = "call",
        niceness: int = 0,
    ) -> None:
        super().__init__(threads, thread_name_prefix)
        self.threads = threads
        self.max_calls = max_calls
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._mutex = threading.Lock()
        self._submitted = 0
        self._done = [0] * threads  # by each thread alone, so that none needs a lock
        self._workers = [
            threading.Thread(
                target=self._work,
                args=(number, niceness),
                name=f"{thread_name_prefix}-{number}",
                daemon=True,  # a call that is stuck in the store must not hold up the end
            )
            for number in range(threads)
        ]
        for worker in self._workers:
            worker.start()

    @property
    def under_way(self) -> int:
        """How many calls are running and waiting for a thread."""
        return self._submitted - sum(self._done)

    @property
    def is_full(self) -> bool:
        """Whether as many calls are under way as may be."""
        return self.under_way >= self.max_calls

    def begin(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Runs a call when its turn comes."""
        with self._mutex:
            self._submitted += 1
        self._calls.put((fn, args))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT002  # the signature is the library's
        """Ends the threads once the calls before are done; wait: until then."""
        for _ in self._workers:
            self._calls.put(None)
        if wait:
            for worker in self._workers:
                worker.join()

    def _work(self, number: int, niceness: int) -> None:
        if niceness:
            _stand_back(niceness)
        while (call := self._calls.get()) is not None:
            function, arguments = call
            try:
                function(*arguments)  # grpcio's, which lets nothing out
            finally:
                self._done[number] += 1
                del call, function, arguments  # hold nothing while there is nothing to do


class Admission:
    """Refuses calls whose pool is full: that of their method's mark, or else the common one.

    Only a CallPool can be full: calls with other pools (health, reflection) are always let in.
    """

    def __init__(self, pool: CallPool) -> None:
        self._pool = pool
        self.refusal_pool = RequestPool(1, "refusal")

    def refuses(self, behaviour: Callable[..., Any] | None) -> bool:
        """Whether a call that would run behaviour is one too many."""
        if behaviour is None:
            return False
        pool: Executor = getattr(behaviour, "experimental_thread_pool", self._pool)
        return isinstance(pool, CallPool) and pool.is_full

    def refuse(self, _request: object, _context: grpc.ServicerContext) -> None:
        """Raises Overloaded."""
        raise Overloaded("too many calls are under way")


def _stand_back(niceness: int) -> None:
    """Puts the running thread, and those that it starts, behind the others of the process.

    On Linux alone priorities are of threads, and each inherits that of its maker (setpriority(2)).
    """
    if sys.platform == "linux":
        this = threading.get_native_id()
        with suppress(OSError):  # a sandbox may forbid it; calls are answered all the same
            present = os.getpriority(os.PRIO_PROCESS, this)
            os.setpriority(os.PRIO_PROCESS, this, present + niceness)  # at most 19, by itself
