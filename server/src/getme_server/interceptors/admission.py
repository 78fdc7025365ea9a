"""How many calls may be under way at once; over it they are refused, not queued.

grpcio's own `maximum_concurrent_rpcs` would refuse health checks too, before any interceptor
sees the call: no reason, no metric, no log line.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import grpc

from getme_server.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")


class CallPool(ThreadPoolExecutor):
    """The threads that run calls, with a count of those running and waiting."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads, thread_name_prefix="call")
        self._mutex = threading.Lock()
        self.under_way = 0

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
    """Refuses calls while max_calls are under way in the pool.

    Calls with a pool of their own (health, reflection) are always let in.
    """

    def __init__(self, pool: CallPool, max_calls: int) -> None:
        self._pool = pool
        self._max_calls = max_calls
        self.refusal_pool = ThreadPoolExecutor(1, thread_name_prefix="refusal")

    def refuses(self, behaviour: Callable[..., Any] | None) -> bool:
        """Whether a call that would run behaviour is one too many."""
        return (
            self._pool.under_way >= self._max_calls
            and behaviour is not None
            and not hasattr(behaviour, "experimental_thread_pool")
        )

    def refuse(self, _request: object, _context: grpc.ServicerContext) -> None:
        """Raises Overloaded."""
        raise Overloaded("too many calls are under way")
