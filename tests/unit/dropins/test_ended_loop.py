"""A handler's thread that asks a loop just when that ends does not wait for ever."""

import asyncio
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from getme.grpc_interceptor import CurrentUser
from tests.unit.dropins.scripted_clients import ScriptedAsyncClient

SECONDS = 10.0
HANDLER: Any = grpc.unary_unary_rpc_method_handler(lambda _request, _context: b"")


class Context:
    """That of a call without a token."""

    def invocation_metadata(self) -> tuple[()]:
        return ()

    def time_remaining(self) -> None:
        return None


class AskedLoop(asyncio.SelectorEventLoop):
    """Says when a thread has asked it for something."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = threading.Event()

    def call_soon_threadsafe(  # type: ignore[override]  # it takes whatever the other does
        self, *asked: Any, **named: Any
    ) -> asyncio.Handle:
        handle = super().call_soon_threadsafe(*asked, **named)
        self.is_asked.set()
        return handle


def test_a_thread_that_asks_a_loop_as_it_ends_is_let_go() -> None:
    loop = AskedLoop()

    async def continuation(_details: Any) -> Any:
        return HANDLER

    async def protected() -> Any:
        details: Any = type("Details", (), {"method": "/package.Service/Method"})
        interceptor: Any = CurrentUser(ScriptedAsyncClient())
        return await interceptor.intercept_service(continuation, details)

    behaviour = loop.run_until_complete(protected()).unary_unary

    with ThreadPoolExecutor(1) as pool:
        asked: Any = None

        def end_while_it_asks() -> None:
            nonlocal asked
            loop.stop()  # what is asked from now on is not looked at
            asked = pool.submit(behaviour, b"", Context())
            assert loop.is_asked.wait(SECONDS)

        loop.call_soon(end_while_it_asks)
        loop.run_forever()
        loop.close()
        with pytest.raises(CancelledError):
            asked.result(SECONDS)
