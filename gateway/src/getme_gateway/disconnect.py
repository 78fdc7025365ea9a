"""Ends work for a caller who has gone away."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import Receive

Result = TypeVar("Result")


class Disconnected(Exception):
    """The caller closed the connection before there was an answer; nobody reads one."""


async def while_connected(work: Awaitable[Result], receive: Receive) -> Result:
    """What work results in. Raises Disconnected, with work cancelled, if the caller goes first."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # always so within a coroutine of asyncio
    gone = False

    def end(watcher: "asyncio.Task[None]") -> None:
        nonlocal gone
        if not watcher.cancelled():
            gone = True
            task.cancel()

    watcher = asyncio.ensure_future(_disconnect(receive))
    watcher.add_done_callback(end)
    try:
        return await work
    except asyncio.CancelledError:
        if gone and not task.uncancel():
            raise Disconnected from None
        raise
    finally:
        watcher.remove_done_callback(end)
        watcher.cancel()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
