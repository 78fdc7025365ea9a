"""Work ends with the caller who waits for it, and with nobody else."""

import asyncio
from typing import Any, Never

import pytest

from getme_gateway.disconnect import Disconnected, while_connected


def test_work_ends_when_the_caller_goes() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended = True

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def call() -> None:
        with pytest.raises(Disconnected):
            await while_connected(work(), receive)
        assert ended
        await asyncio.sleep(0)  # the task is not left cancelled

    asyncio.run(call())


def test_work_whose_caller_stays_has_its_result_or_its_error() -> None:
    async def fail() -> Never:
        raise LookupError

    async def succeed() -> str:
        return "done"

    async def call() -> None:
        assert await while_connected(succeed(), _never) == "done"
        with pytest.raises(LookupError):
            await while_connected(fail(), _never)

    asyncio.run(call())


async def _never() -> dict[str, Any]:
    await asyncio.get_running_loop().create_future()
    raise AssertionError
