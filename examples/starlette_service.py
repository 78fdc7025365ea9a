"""A Starlette application that greets whoever asks: `uvicorn examples.starlette_service:app`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import getme
from getme.asgi import current_user


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The client lives as long as the application."""
    async with getme.aio.Client(os.environ.get("GETME", "127.0.0.1:50051")) as app.state.getme:
        yield


async def greeting(request: Request) -> JSONResponse:
    """Nobody gets past the first line without a good token and the role."""
    user = await viewer(request)
    return JSONResponse({"greeting": f"Hello, {user.firstname}"})


async def healthz(_request: Request) -> JSONResponse:
    """Needs no token, because it does not ask who calls."""
    return JSONResponse({"status": "ok"})


app = Starlette(
    routes=[Route("/greeting", greeting), Route("/healthz", healthz)], lifespan=lifespan
)
viewer = current_user(lambda: app.state.getme, roles={"viewer"})
