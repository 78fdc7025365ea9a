"""The floor of REST in Python: an ASGI answer that is ready as bytes, on granian and uvloop.

The server is started as the gateway starts it. PORT and ANSWER_FILE say where it listens and
what it answers.
"""

import asyncio
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


def constant(body: bytes) -> Application:
    """An application that answers every request with body."""
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
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


if __name__ == "__main__":
    uvloop.run(serve(constant(Path(os.environ["ANSWER_FILE"]).read_bytes())))
