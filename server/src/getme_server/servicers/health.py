"""Health, as grpc.health.v1 (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).

Overall and for each service: SERVING only while the store answers. On threads of its own, so
that a busy server is not restarted as a dead one; a Watch holds none.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from getme_server.request_pool import RequestPool

_THREADS = 2
_Status = health_pb2.HealthCheckResponse


class Health:
    """Tells probes whether the server can answer: NOT_SERVING until it is told otherwise."""

    def __init__(self, services: Sequence[str]) -> None:
        pool = RequestPool(_THREADS, "health")
        self._servicer = _EndingServicer(pool)
        self._services = ("", *services)
        self.tell(False)  # noqa: FBT003  # as the store's watch will tell

    def add_to(self, server: grpc.Server) -> None:
        """Serves grpc.health.v1."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)

    def tell(self, can_answer: bool) -> None:  # its only argument
        """Whether the server can answer from now on; watchers are told."""
        status = _Status.SERVING if can_answer else _Status.NOT_SERVING
        for service in self._services:
            self._servicer.set(service, status)

    def drain(self) -> None:
        """NOT_SERVING from now on; watchers are told."""
        self._servicer.enter_graceful_shutdown()

    def end(self) -> None:
        """Ends all watches, and takes no more."""
        self._servicer.end_watches()


class _EndingServicer(health.HealthServicer):
    """The library's servicer, whose watches can be ended: it would hold up a stop for its grace."""

    def __init__(self, pool: RequestPool) -> None:
        super().__init__(experimental_non_blocking=True, experimental_thread_pool=pool)
        # The constructor marks the class's own Watch; Check is marked likewise. There is one
        # Health in a process.
        _EndingServicer.Check.experimental_thread_pool = pool  # type: ignore[attr-defined]
        self._mutex = threading.Lock()
        self._watches: dict[Callable[[Any], None], grpc.ServicerContext] = {}
        self._is_ended = False

    def Check(
        self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        """The status of a service now."""
        return super().Check(request, context)

    def Watch(  # type: ignore[override]  # always given send: it is marked non-blocking
        self,
        request: health_pb2.HealthCheckRequest,
        context: grpc.ServicerContext,
        send: Callable[[Any], None],
    ) -> None:
        """The status of a service now and whenever it changes."""
        with self._mutex:
            is_ended = self._is_ended
            if not is_ended:
                self._watches[send] = context
        if is_ended:  # clients come back at once when their watch has ended
            _end(send, context)
            return
        context.add_callback(lambda: self._forget(send))
        super().Watch(request, context, send)

    def end_watches(self) -> None:
        """Ends all streams, and those that will come."""
        with self._mutex:
            self._is_ended = True
            watches = list(self._watches.items())
        for send, context in watches:
            _end(send, context)

    def _forget(self, send: Callable[[Any], None]) -> None:
        with self._mutex:
            self._watches.pop(send, None)


def _end(send: Callable[[Any], None], context: grpc.ServicerContext) -> None:
    context.set_code(grpc.StatusCode.UNAVAILABLE)
    context.set_details("the server stops")
    send(None)
