"""Asks an ASGI application in this process, without a server."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

Headers = Sequence[tuple[str, str]]


def ask(app: Any, path: str, headers: Headers = ()) -> httpx.Response:
    """What the application answers."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=list(headers))

    return asyncio.run(asked())


def bearer(token: str) -> Headers:
    return [("authorization", f"Bearer {token}")]
