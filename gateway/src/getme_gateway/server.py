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

from starlette.types import ASGIApp

from getme.program.certificates import Certificate
from getme.program.settings import ListenAddress
from getme_gateway.listener import Listener
from getme_gateway.tls_watch import TlsWatch

OwnTls = TlsWatch[tuple[bytes, bytes], Certificate]


async def serve(
    application: ASGIApp,
    address: ListenAddress,
    *,
    tls: OwnTls | None,
    on_start: Callable[[], None],
    grace_seconds: float,
) -> None:
    """Serves until SIGTERM or SIGINT. on_start: called once connections are accepted.

    Requests under way are answered first, for at most grace_seconds, or until a second signal.
    """
    listener = Listener(application, address, certificate=tls.current if tls else None)
    serving = asyncio.ensure_future(listener.serve())
    loop = asyncio.get_running_loop()
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if stopping:
            serving.cancel()
        stopping = True
        listener.stop()  # type: ignore[no-untyped-call]  # granian is typed in parts
        loop.call_later(grace_seconds, serving.cancel)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    following = asyncio.ensure_future(tls.follow(listener.take_up)) if tls else None
    on_start()
    try:
        await serving
    except asyncio.CancelledError:
        if not stopping:
            raise
    finally:
        if following is not None:
            following.cancel()
