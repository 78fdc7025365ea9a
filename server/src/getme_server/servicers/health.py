"""Health, as grpc.health.v1 (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).

Overall and for each service: SERVING only while the store answers. LIVENESS: SERVING as long as
the process can say so, since a restart mends no store. On threads of its own, so that a busy
server is not restarted as a dead one; a Watch holds none.

grpcio's own servicer sends to watchers under the lock that each Check takes, and that the end of a
watch takes on grpcio's one thread: one watch that ended while another began stopped the process.
"""

from collections.abc import Sequence
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme_server.request_pool import RequestPool
from getme_server.servicers.streams import Send, Stream, Streams

LIVENESS = "liveness"
_THREADS = 2
_Status = health_pb2.HealthCheckResponse


class _Watch(Stream):
    """One stream. service: None where there is none of the name, which may be long."""

    def __init__(self, service: str | None, context: grpc.ServicerContext, send: Send) -> None:
        super().__init__(context, send)
        self.service = service
        self.told: int | None = None


class Health:
    """Tells probes whether the server can answer: NOT_SERVING until it is told otherwise."""

    def __init__(self, services: Sequence[str]) -> None:
        self._services = frozenset({"", LIVENESS, *services})
        self._can_answer = False
        self._is_draining = False
        self._watches: Streams[_Watch] = Streams("health", self._message)

    def add_to(self, server: grpc.Server) -> None:
        """Serves grpc.health.v1, but for List."""
        pool = RequestPool(_THREADS, "health")

        def check(
            request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
        ) -> health_pb2.HealthCheckResponse:
            if request.service not in self._services:
                context.abort(grpc.StatusCode.NOT_FOUND, "there is no service of this name")
            return _Status(status=self._status(request.service))

        def watch(
            request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext, send: Send
        ) -> None:
            service = request.service if request.service in self._services else None
            self._watches.begin(_Watch(service, context, send))

        # The marks that grpcio looks for (grpc/_server.py).
        check.experimental_thread_pool = pool  # type: ignore[attr-defined]
        watch.experimental_thread_pool = pool  # type: ignore[attr-defined]
        watch.experimental_non_blocking = True  # type: ignore[attr-defined]
        servicer: Any = health_pb2_grpc.HealthServicer()  # all that is not set: UNIMPLEMENTED
        servicer.Check, servicer.Watch = check, watch
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)

    def tell(self, can_answer: bool) -> None:  # its only argument
        """Whether the server can answer from now on; watchers are told."""
        self._can_answer = can_answer
        self._watches.tell(_may_be_due)

    def drain(self) -> None:
        """NOT_SERVING from now on, but alive; watchers are told."""
        self._is_draining = True
        self._watches.tell(_may_be_due)

    def end(self) -> None:
        """Ends all watches, and takes no more."""
        self._watches.end()

    def _status(self, service: str | None) -> int:
        if service is None:
            return _Status.SERVICE_UNKNOWN
        if service == LIVENESS or (self._can_answer and not self._is_draining):
            return _Status.SERVING
        return _Status.NOT_SERVING

    def _message(self, watch: _Watch) -> bytes | None:
        """The status that a watch has not been told; counts as told."""
        status = self._status(watch.service)
        if status == watch.told:
            return None
        watch.told = status
        message: bytes = _Status(status=status).SerializeToString()
        return message


def _may_be_due(_watch: _Watch) -> bool:
    """Whether a watch knows the status already is seen when its message is made."""
    return True
