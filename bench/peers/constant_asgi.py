"""The floor of REST in Python: an ASGI answer that is ready as bytes, on granian and uvloop.

The server is started as the gateway starts it. PORT and ANSWER_FILE say where it listens and
what it answers; HEADERS_FILE, with which headers besides the length, as a list of pairs in JSON.
"""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], object, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_FEWEST_HEADERS: Headers = [(b"content-type", b"application/json")]


def constant(body: bytes, headers: Headers) -> Application:
    """An application that answers every request with body. headers: besides its length."""
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [*headers, (b"content-length", str(len(body)).encode())],
    }
    rest = {"type": "http.response.body", "body": body}

    async def answer(_scope: dict[str, Any], _receive: object, send: Send) -> None:
        await send(start)
        await send(rest)

    return answer


async def serve(application: Application) -> None:
    """Answers until it is ended."""
    server = Server(
        application,
        port=int(os.environ["PORT"]),
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


def _headers() -> Headers:
    path = os.environ.get("HEADERS_FILE")
    if path is None:
        return _FEWEST_HEADERS
    pairs = json.loads(Path(path).read_text("utf-8"))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


if __name__ == "__main__":
    uvloop.run(serve(constant(Path(os.environ["ANSWER_FILE"]).read_bytes(), _headers())))
