"""Health, as grpc.health.v1 (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).

Overall and for each service: SERVING only while the store answers. On threads of its own, so
that a busy server is not restarted as a dead one; a Watch holds none.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

PROBE_SECONDS = 1.0  # between two looks at the store, and for one of them at most
_THREADS = 2
_Status = health_pb2.HealthCheckResponse


class Health:
    """Tells probes whether the server can answer, from looking at the store every PROBE_SECONDS.

    store_answers: asks the store, and takes PROBE_SECONDS at most.
    """

    def __init__(self, services: Sequence[str], store_answers: Callable[[], bool]) -> None:
        pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="health")
        self._servicer = _EndingServicer(pool)
        self._services = ("", *services)
        self._store_answers = store_answers
        self._status: int | None = None
        self._stopping = threading.Event()
        self._prober = threading.Thread(target=self._probe, name="store-probe", daemon=True)

    def add_to(self, server: grpc.Server) -> None:
        """Serves grpc.health.v1."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)

    def start(self) -> None:
        """Looks at the store now, and from now on in the background."""
        self._look()
        self._prober.start()

    def stop(self) -> None:
        """NOT_SERVING from now on; watchers are told, and their streams end."""
        self._stopping.set()
        self._servicer.enter_graceful_shutdown()
        self._servicer.end_watches()

    def _probe(self) -> None:
        try:
            while not self._stopping.wait(PROBE_SECONDS):
                self._look()
        finally:
            self._set(_Status.NOT_SERVING)  # a prober that fails must not leave its last word

    def _look(self) -> None:
        self._set(_Status.SERVING if self._store_answers() else _Status.NOT_SERVING)

    def _set(self, status: int) -> None:
        if status == self._status:
            return  # watchers are told of changes only
        self._status = status
        for service in self._services:
            self._servicer.set(service, status)


class _EndingServicer(health.HealthServicer):
    """The library's servicer, whose watches can be ended: it would hold up a stop for its grace."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(experimental_non_blocking=True, experimental_thread_pool=pool)
        # The constructor marks the class's own Watch; Check is marked likewise. There is one
        # Health in a process.
        _EndingServicer.Check.experimental_thread_pool = pool  # type: ignore[attr-defined]
        self._mutex = threading.Lock()
        self._watches: set[Callable[[Any], None]] = set()

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
            self._watches.add(send)
        context.add_callback(lambda: self._forget(send))
        super().Watch(request, context, send)

    def end_watches(self) -> None:
        """Ends all streams."""
        with self._mutex:
            watches = list(self._watches)
        for send in watches:
            send(None)

    def _forget(self, send: Callable[[Any], None]) -> None:
        with self._mutex:
            self._watches.discard(send)
