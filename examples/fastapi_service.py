"""A FastAPI application that greets whoever asks: `uvicorn examples.fastapi_service:app`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI

import getme
from getme.asgi import current_user


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The client lives as long as the application."""
    async with getme.aio.Client(os.environ.get("GETME", "127.0.0.1:50051")) as app.state.getme:
        yield


app = FastAPI(lifespan=lifespan)
Viewer = Annotated[getme.User, Depends(current_user(lambda: app.state.getme, roles={"viewer"}))]


@app.get("/greeting")
async def greeting(user: Viewer) -> dict[str, str]:
    """Nobody gets here without a good token and the role."""
    return {"greeting": f"Hello, {user.firstname}"}


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """Needs no token, because it does not ask who calls."""
    return {"status": "ok"}
