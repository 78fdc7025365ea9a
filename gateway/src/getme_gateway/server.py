"""The HTTP server that the application runs in: granian, within this process.

Measured beside uvicorn with a constant answer, one core (microseconds of CPU a request): granian
27, uvicorn with httptools 29, with h11 82. httptools merges chunked trailers into the headers
and limits nothing; granian drops trailers, limits header bytes, count and time, and the target.

granian's usual server starts a worker process, which costs the same per request. It was tried
and rejected: a parent that is killed leaves the worker behind, holding the port. `embed` is the
same Rust server on this process's event loop.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from starlette.types import ASGIApp

from getme.program.certificates import Certificate
from getme.program.ending import SIGNAL_EXIT_CODE, StopTimes, end_in_time
from getme.program.logs import finish_logs
from getme.program.settings import ListenAddress
from getme_gateway.listener import Listener
from getme_gateway.tls_watch import TlsWatch

OwnTls = TlsWatch[tuple[bytes, bytes], Certificate]


class ServingEnded(Exception):
    """The HTTP server has ended although nobody asked for it: the program is to be started anew."""


async def serve(  # noqa: PLR0913  # what begins and ends with it
    application: ASGIApp,
    address: ListenAddress,
    *,
    tls: OwnTls | None,
    on_start: Callable[[], None],
    on_stop: Callable[[], None],
    times: StopTimes,
) -> None:
    """Serves until SIGTERM or SIGINT; a second one ends the process at once.

    on_start: called once connections are accepted. on_stop: with the first signal. Then all goes on
    for the delay, connections are refused, and requests under way are answered within the grace.
    Raises ServingEnded.
    """
    listener = Listener(application, address, certificate=tls.current if tls else None)
    serving = asyncio.ensure_future(listener.serve())
    loop = asyncio.get_running_loop()
    stopping = False

    def stop(number: int) -> None:
        nonlocal stopping
        if stopping:
            finish_logs()
            os._exit(SIGNAL_EXIT_CODE + number)
        stopping = True
        end_in_time(times)
        on_stop()
        loop.call_later(times.delay_seconds, listener.stop)
        loop.call_later(times.delay_seconds + times.grace_seconds, serving.cancel)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, partial(stop, number))
    following = asyncio.ensure_future(tls.follow(listener.take_up)) if tls else None
    on_start()
    try:
        await asyncio.wait([serving])
    finally:
        if following is not None:
            following.cancel()
    if not stopping:
        cause = None if serving.cancelled() else serving.exception()
        raise ServingEnded("the HTTP server has ended by itself") from cause
    with suppress(asyncio.CancelledError):  # requests were cut
        serving.result()
