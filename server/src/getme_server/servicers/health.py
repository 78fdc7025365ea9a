"""Health, as grpc.health.v1 (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).

Overall and for each service: SERVING only while the store answers. On threads of its own, so
that a busy server is not restarted as a dead one; a Watch holds none.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

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
        self._servicer = health.HealthServicer(experimental_thread_pool=pool)
        # The constructor marks Watch only, and like it this marks the class's function: there is
        # one Health in a process.
        health.HealthServicer.Check.experimental_thread_pool = pool  # type: ignore[attr-defined]
        self._services = ("", *services)
        self._store_answers = store_answers
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
        """NOT_SERVING from now on; watchers are told."""
        self._stopping.set()
        self._servicer.enter_graceful_shutdown()

    def _probe(self) -> None:
        try:
            while not self._stopping.wait(PROBE_SECONDS):
                self._look()
        finally:
            self._set(_Status.NOT_SERVING)  # a prober that fails must not leave its last word

    def _look(self) -> None:
        self._set(_Status.SERVING if self._store_answers() else _Status.NOT_SERVING)

    def _set(self, status: int) -> None:
        for service in self._services:
            self._servicer.set(service, status)
