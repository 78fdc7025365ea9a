"""Ends work for a caller who has gone away."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import Receive

Result = TypeVar("Result")

# Work that is done by then has nobody look whether the caller is there: to look took a tenth of
# what the gateway spends on a request.
PROMPT_SECONDS = 0.05


class Disconnected(Exception):
    """The caller closed the connection before there was an answer; nobody reads one."""


async def while_connected(work: Awaitable[Result], receive: Receive) -> Result:
    """What work results in. Raises Disconnected, with work cancelled, if the caller goes first."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # always so within a coroutine of asyncio
    watch = _Watch(task, receive)
    timer = task.get_loop().call_later(PROMPT_SECONDS, watch.start)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.is_gone and not task.uncancel():
            raise Disconnected from None
        raise
    finally:
        timer.cancel()
        watch.stop()


class _Watch:
    """Cancels a task when the caller is gone."""

    def __init__(self, task: "asyncio.Task[object]", receive: Receive) -> None:
        self.is_gone = False
        self._task = task
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._watcher = asyncio.ensure_future(_disconnect(self._receive))
        self._watcher.add_done_callback(self._end)

    def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.remove_done_callback(self._end)
            self._watcher.cancel()

    def _end(self, watcher: "asyncio.Task[None]") -> None:
        if not watcher.cancelled():
            self.is_gone = True
            self._task.cancel()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
