"""Cached GetMe as an ASGI application that speaks gRPC itself, for pyvoy: Python inside Envoy.

A prototype to be measured. On each call it does what a hit costs in the product: one credential
and no more, its length, the answer's expiry, the lease, counters. What is not remembered it
refuses, where the product would ask the store. It needs nothing but the standard library, since
it runs in the Python that Envoy loads. DATA_FILE, written by `bench.experiments`, holds what it
remembers.
"""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

METHOD = "/getme.v1.UserService/GetMe"
LEASE_SECONDS = 1.0
MAX_TOKEN_BYTES = 8_192
_HEARTBEAT_SECONDS = 0.25
_BEARER = b"Bearer "
_EMPTY_REQUEST = b"\x00\x00\x00\x00\x00"
_OK, _UNIMPLEMENTED, _UNAUTHENTICATED = b"0", b"12", b"16"
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/grpc")],
    "trailers": True,
}
_NO_BODY = {"type": "http.response.body", "body": b""}
_GOOD = {"type": "http.response.trailers", "headers": [(b"grpc-status", _OK)]}


@dataclass
class Memory:
    """What is remembered. answers: by token, a ready message of ASGI and when it expires.

    refusals: by reason, google.rpc.Status as grpc-status-details-bin wants it. lease_until: after
    that nothing is answered from memory. Both times are of time.monotonic.
    """

    answers: dict[bytes, tuple[dict[str, Any], float]]
    refusals: dict[str, bytes]
    lease_until: float = 0.0
    calls: Counter[bytes] = field(default_factory=Counter)
    seconds: float = 0.0

    @classmethod
    def read(cls, path: Path) -> "Memory":
        """As `bench.experiments` wrote it."""
        content = json.loads(path.read_text("utf-8"))
        answers = {
            _BEARER + token.encode(): (
                {"type": "http.response.body", "body": _framed(bytes.fromhex(answer))},
                time.monotonic() + seconds,
            )
            for token, answer, seconds in content["answers"]
        }
        return cls(answers, {name: text.encode() for name, text in content["refusals"].items()})

    def follow(self) -> None:
        """A heartbeat of the feed of invalidations, which is not part of the prototype."""
        self.lease_until = time.monotonic() + LEASE_SECONDS
        asyncio.get_running_loop().call_later(_HEARTBEAT_SECONDS, self.follow)


def _framed(message: bytes) -> bytes:
    return b"\x00" + len(message).to_bytes(4, "big") + message


memory = Memory.read(Path(os.environ["DATA_FILE"]))


async def constant(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """One answer for all, nothing looked up: the floor of this way to serve."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    await receive()
    await send(_START)
    await send(_first)
    await send(_GOOD)


async def cached(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GetMe, from memory."""
    if scope["type"] == "lifespan":
        memory.follow()
        await _live(receive, send)
        return
    begun = time.monotonic()
    status = await _answer(scope, receive, send, begun)
    memory.calls[status] += 1
    memory.seconds += time.monotonic() - begun


async def _answer(scope: dict[str, Any], receive: Receive, send: Send, now: float) -> bytes:
    request = await receive()
    if scope["path"] != METHOD or request.get("body") != _EMPTY_REQUEST:
        return await _refuse(send, _UNIMPLEMENTED, "")
    credentials = [value for name, value in scope["headers"] if name == b"authorization"]
    if not credentials:
        return await _refuse(send, _UNAUTHENTICATED, "TOKEN_MISSING")
    # Envoy joins several with a comma, which none that is remembered has.
    if len(credentials[0]) > MAX_TOKEN_BYTES:
        return await _refuse(send, _UNAUTHENTICATED, "TOKEN_INVALID")
    answer, expires = memory.answers.get(credentials[0], (None, 0.0))
    if answer is None or now >= expires or now >= memory.lease_until:
        return await _refuse(send, _UNAUTHENTICATED, "TOKEN_INVALID")
    await send(_START)
    await send(answer)
    await send(_GOOD)
    return _OK


async def _refuse(send: Send, status: bytes, reason: str) -> bytes:
    trailers = [(b"grpc-status", status)]
    if reason:
        trailers.append((b"grpc-status-details-bin", memory.refusals[reason]))
    await send(_START)
    await send(_NO_BODY)
    await send({"type": "http.response.trailers", "headers": trailers})
    return status


async def _live(receive: Receive, send: Send) -> None:
    for moment in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{moment}.complete"})


_first = next(iter(memory.answers.values()))[0]
