"""The HTTP server that the application runs in: granian, within this process.

Measured beside uvicorn with a constant answer, one core (microseconds of CPU a request): granian
27, uvicorn with httptools 29, with h11 82. httptools merges chunked trailers into the headers
and limits nothing; granian drops trailers, limits header bytes, count and time, and the target.

granian's usual server starts a worker process, which costs the same per request. It was tried
and rejected: a parent that is killed leaves the worker behind, holding the port. `embed` is the
same Rust server on this process's event loop.
"""

import asyncio
import signal
from collections.abc import Callable

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.types import ASGIApp

from getme.program.settings import ListenAddress

HEADER_TIMEOUT_SECONDS = 10
# Well over our own limit for headers, so that we answer and not hyper, whose 431 is bare.
_READ_BUFFER_BYTES = 128 * 1024
_LOOK_SECONDS = 0.01
_BACKLOG = 1024  # connections that wait to be accepted
# granian stops accepting beyond this many connections; slow ones must not keep others out.
_MAX_CONNECTIONS = 16_384


async def serve(
    application: ASGIApp,
    address: ListenAddress,
    *,
    on_start: Callable[[], None],
    grace_seconds: float,
) -> None:
    """Serves until SIGTERM or SIGINT. on_start: called once connections are accepted.

    Requests under way are answered first, for at most grace_seconds, or until a second signal.
    """
    server = Server(
        application,
        address=address.host,
        port=address.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_MAX_CONNECTIONS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_TIMEOUT_SECONDS * 1000, max_buffer_size=_READ_BUFFER_BYTES
        ),
        log_enabled=False,
        log_level=LogLevels.critical,
    )
    serving = asyncio.ensure_future(server.serve())
    loop = asyncio.get_running_loop()
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if stopping:
            serving.cancel()
        stopping = True
        server.stop()  # type: ignore[no-untyped-call]  # granian is typed in parts
        loop.call_later(grace_seconds, serving.cancel)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    announcing = asyncio.ensure_future(_once_it_accepts(address, on_start))
    try:
        await serving
    except asyncio.CancelledError:
        if not stopping:
            raise
    finally:
        announcing.cancel()


async def _once_it_accepts(address: ListenAddress, announce: Callable[[], None]) -> None:
    """Granian has hooks for its start only, which is before its thread listens."""
    while True:
        try:
            _, writer = await asyncio.open_connection(address.host, address.port)
        except OSError:
            await asyncio.sleep(_LOOK_SECONDS)
        else:
            writer.close()
            announce()
            return
