"""granian as we need it: on a socket of ours, with a certificate that can be changed.

granian's workers each open a socket of their own, and connections that wait at one are lost when
its worker is replaced. Here all share one socket. A new certificate means a new worker: it alone
accepts from then on. The old one goes on with the connections that it has, and asks their callers
with each answer to connect anew; by the time it ends, they have, or were idle for so long that
they would have been closed anyway.

granian reads certificates by path, so they are handed over as files in memory: between our check
and its reading nobody can change them.
"""

import asyncio
import os
import socket
from typing import Any, BinaryIO

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # not in its stubs
from granian.server.embed import AsyncWorker, Server
from starlette.types import ASGIApp

from getme.program.certificates import Certificate
from getme.program.file_limit import room_for_connections
from getme.program.settings import ListenAddress
from getme_gateway.worker_door import WorkerDoor

# Also for the next request of a connection, so that it is over the 5 s for which httpx keeps one:
# who sends while we close it has lost a request. `request_body` adds its own.
HEADER_TIMEOUT_SECONDS = 6
# A connection whose other end takes nothing of an answer for so long is cut (TCP_USER_TIMEOUT).
READ_TIMEOUT_SECONDS = 10
# Well over our own limit for headers, so that we answer and not hyper, whose 431 is bare.
_READ_BUFFER_BYTES = 128 * 1024
_BACKLOG = 1024  # connections that wait to be accepted
# granian stops accepting beyond this many connections; slow ones must not keep others out.
_MAX_CONNECTIONS = 16_384
# What is loaded, certificates, metrics and who reads them; connections to servers are at most 256.
_OWN_FILES = 128 + 256
# How long a worker goes on that has been replaced: as a handshake, to which granian gives ten
# seconds, and then an idle connection. Answers under way may take longer.
_LEAVE_SECONDS = 10.0 + HEADER_TIMEOUT_SECONDS + 1.0


class Listener(Server):
    """Serves an application, over TLS where there is a certificate. Listens once it is made."""

    def __init__(
        self, application: ASGIApp, address: ListenAddress, *, certificate: Certificate | None
    ) -> None:
        super().__init__(
            application,
            address=address.host,
            port=address.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backpressure=min(_MAX_CONNECTIONS, room_for_connections(_OWN_FILES)),
            http1_settings=HTTP1Settings(
                header_read_timeout=HEADER_TIMEOUT_SECONDS * 1000,
                max_buffer_size=_READ_BUFFER_BYTES,
            ),
            log_enabled=False,
            log_level=LogLevels.critical,
        )
        self._socket = _listening(address)
        self._silent = _listening(ListenAddress("127.0.0.1:0"))
        self._accepting = -1  # the descriptor of the present worker
        self._door = WorkerDoor(application)  # that of the present worker
        self._leaving: set[asyncio.Task[None]] = set()
        self._held: list[BinaryIO] = []
        if certificate is not None:
            self._hold(certificate)

    async def take_up(self, certificate: Certificate) -> None:
        """Uses another certificate for connections from now on."""
        self._hold(certificate)
        self.reload()  # type: ignore[no-untyped-call]  # granian is typed in parts

    def _hold(self, certificate: Certificate) -> None:
        cert, key = files = (
            _in_memory("cert", certificate.chain),
            _in_memory("key", certificate.key),
        )
        paths = (f"/proc/self/fd/{cert.fileno()}", f"/proc/self/fd/{key.fileno()}")
        # In granian's order: on, certificate, key, its password, the least version, then what
        # concerns certificates of clients.
        context: Any = (True, *paths, None, str(SSLProtocols.tls12), None, [], False)
        self.ssl_ctx = context
        # The last ones too: a worker may be about to read them.
        self._held = [*self._held[-len(files) :], *files]

    def _init_shared_socket(self) -> None:
        """There is one already."""

    def _spawn_worker(  # type: ignore[override]  # so does granian's own
        self, idx: int, target: Any, callback_loader: ASGIApp
    ) -> AsyncWorker:
        if self._accepting >= 0:
            # The old worker's descriptor becomes that of a socket to which nobody connects. It
            # cannot be asked to stop accepting without ending its connections at once.
            os.dup2(self._silent.fileno(), self._accepting)
        self._accepting = os.dup(self._socket.fileno())  # a worker closes it when it ends
        holder: Any = SocketHolder
        self._shd = holder(self._accepting, False, _BACKLOG)  # noqa: FBT003  # no Unix socket
        self._door = WorkerDoor(callback_loader)
        return super()._spawn_worker(idx, target, self._door)

    async def _respawn_workers(
        self, workers: list[int], spawn_target: Any, target_loader: ASGIApp, delay: float = 0
    ) -> None:
        """Has a new worker take the place of the present one, and waits for nothing.

        granian's own waits until the old one has ended: who reads an answer slowly would hold up
        the next certificate, and the end.
        """
        del workers, delay
        old, door = self.wrks[0], self._door
        new = self._spawn_worker(0, spawn_target, target_loader)
        new.start()  # type: ignore[no-untyped-call]  # as above
        self.wrks.insert(0, new)
        door.show_out()
        leaving = asyncio.ensure_future(self._let_go(old))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _let_go(self, worker: AsyncWorker) -> None:
        await asyncio.sleep(_LEAVE_SECONDS)
        worker.terminate()  # type: ignore[no-untyped-call]  # as above
        await asyncio.shield(worker.join())  # type: ignore[no-untyped-call]  # as above
        self.wrks.remove(worker)

    async def shutdown(self, exit_code: int = 0) -> None:
        """Ends all: whoever connects from now on is refused."""
        self._socket.close()
        self._silent.close()
        for leaving in self._leaving:
            leaving.cancel()
        await super().shutdown(exit_code)  # type: ignore[no-untyped-call]  # as above


def _listening(address: ListenAddress) -> socket.socket:
    places = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, kind, protocol, _, place = places[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # our own claim is bound to it
    # Connections inherit it. Those that we close hold the port for a minute, against the next start
    # too, unless they have it (TIME_WAIT).
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; connections inherit it
        milliseconds = READ_TIMEOUT_SECONDS * 1000
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    listening.bind(place)
    listening.listen(_BACKLOG)
    listening.settimeout(0)  # granian's loop must never wait in accept
    return listening


def _in_memory(name: str, content: bytes) -> BinaryIO:
    file = os.fdopen(os.memfd_create(f"getme-{name}"), "wb")
    file.write(content)
    file.flush()
    return file
