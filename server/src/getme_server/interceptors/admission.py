"""How many calls may be under way at once; over it they are refused, not queued.

grpcio's own `maximum_concurrent_rpcs` would refuse health checks too, before any interceptor
sees the call: no reason, no metric, no log line.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

import grpc

from getme_server.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")


class CallPool(ThreadPoolExecutor):
    """The threads that run calls of one kind, with a count of those running and waiting.

    max_calls: how many may be running and waiting before Admission refuses more. niceness: how far
    these threads stand behind the others of the process for the CPU, 0 to 19 as in nice(2); counts
    on Linux only.
    """

    def __init__(
        self,
        threads: int,
        *,
        max_calls: int,
        thread_name_prefix: str = "call",
        niceness: int = 0,
    ) -> None:
        super().__init__(
            threads,
            thread_name_prefix,
            initializer=partial(_stand_back, niceness) if niceness else None,
        )
        self.max_calls = max_calls
        self._mutex = threading.Lock()
        self.under_way = 0

    @property
    def is_full(self) -> bool:
        """Whether as many calls are under way as may be."""
        return self.under_way >= self.max_calls

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs a call on a thread of the pool."""
        with self._mutex:
            self.under_way += 1
        return super().submit(self._run, fn, *args, **kwargs)

    def _run(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return fn(*args, **kwargs)
        finally:
            with self._mutex:
                self.under_way -= 1


class Admission:
    """Refuses calls whose pool is full: that of their method's mark, or else the common one.

    Only a CallPool can be full: calls with other pools (health, reflection) are always let in.
    """

    def __init__(self, pool: CallPool) -> None:
        self._pool = pool
        self.refusal_pool = ThreadPoolExecutor(1, thread_name_prefix="refusal")

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
