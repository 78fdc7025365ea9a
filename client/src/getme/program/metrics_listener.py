"""Shows metrics over HTTP, to few at a time and to nobody for long.

Whoever can connect takes a file and a thread: without a bound, connections that say nothing would
take from a program the files that it keeps for its own work (`file_limit`).
`prometheus_client.start_http_server` has neither a bound nor a timeout.
"""

import socket
import sys
import threading
from http.server import ThreadingHTTPServer

import structlog
from prometheus_client import CollectorRegistry, MetricsHandler

from getme.program.settings import ListenAddress

CONNECTIONS = 16  # at once; Prometheus needs one, and two of them two
# For each piece that is read or written; Prometheus itself gives up after 10 s.
PATIENCE_SECONDS = 10.0

_log = structlog.get_logger()
_Connection = socket.socket | tuple[bytes, socket.socket]  # the second is UDP's


class MetricsListener(ThreadingHTTPServer):
    """Answers each connection once. Beyond the bound they are closed at once."""

    def __init__(
        self,
        registry: CollectorRegistry,
        address: ListenAddress,
        *,
        connections: int = CONNECTIONS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Listens from now on. Raises OSError."""
        places = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        self.address_family, _, _, _, place = places[0]
        self._room = threading.BoundedSemaphore(connections)
        self._patience_seconds = patience_seconds
        host, port = str(place[0]), int(place[1])
        super().__init__((host, port), MetricsHandler.factory(registry))

    def start(self) -> None:
        """Answers from now on, in the background, until the process ends."""
        threading.Thread(target=self.serve_forever, name="metrics", daemon=True).start()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """The next connection."""
        connection, peer = super().get_request()
        connection.settimeout(self._patience_seconds)
        return connection, peer

    def process_request(self, request: _Connection, client_address: tuple[str, int]) -> None:
        """Answers in a thread of its own, where there is room."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self._room.release()
            raise

    def process_request_thread(self, request: _Connection, client_address: tuple[str, int]) -> None:
        """Answers in this thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(
        self,
        request: _Connection,  # noqa: ARG002  # the signature is socketserver's
        client_address: tuple[str, int],  # noqa: ARG002  # likewise
    ) -> None:
        """Logs what is no fault of the other side's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _log.exception("bug")
