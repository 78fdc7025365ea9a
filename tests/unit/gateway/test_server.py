"""The HTTP server by itself: a worker that is replaced, and one that ends although none should."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from getme.program.ending import StopTimes
from getme.program.listening import ClaimedAddress
from getme.program.settings import ListenAddress
from getme_gateway import listener
from getme_gateway.listener import HEADER_TIMEOUT_SECONDS, Listener
from getme_gateway.server import ServingEnded, serve

SECONDS = 10.0
REQUEST = b"GET / HTTP/1.1\r\nHost: getme\r\n\r\n"
END_OF_HEADERS = b"\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def address() -> ListenAddress:
    claim = ClaimedAddress(ListenAddress("127.0.0.1:0"), setting="GETME_GATEWAY_LISTEN")
    claim.release()
    return claim.listen


async def answer(streams: Streams) -> bytes:
    reader, writer = streams
    writer.write(REQUEST)
    return await asyncio.wait_for(reader.readuntil(END_OF_HEADERS), SECONDS)


def test_a_worker_that_is_replaced_ends_after_a_while_and_its_idle_connections_with_it(
    address: ListenAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "_LEAVE_SECONDS", 0.0)

    async def run() -> None:
        serving = Listener(nothing, address, certificate=None)
        ending = asyncio.ensure_future(serving.serve())
        idle = await asyncio.open_connection(address.host, address.port)
        assert b"connection: close" not in await answer(idle)
        serving.reload()  # type: ignore[no-untyped-call]  # granian is typed in parts
        # Sooner than it would be closed anyway.
        assert await asyncio.wait_for(idle[0].read(), HEADER_TIMEOUT_SECONDS / 2) == b""
        idle[1].close()
        new = await asyncio.open_connection(address.host, address.port)
        assert b"connection: close" not in await answer(new)
        new[1].close()
        serving.stop()  # type: ignore[no-untyped-call]  # as above
        await asyncio.wait_for(ending, SECONDS)

    asyncio.run(run())


def test_a_worker_that_ends_by_itself_ends_the_program_as_failed(address: ListenAddress) -> None:
    async def run() -> None:
        started = asyncio.Event()
        serving = asyncio.ensure_future(
            serve(
                nothing,
                address,
                tls=None,
                on_start=started.set,
                on_stop=pytest.fail,
                times=StopTimes(0, 0),
            )
        )
        await started.wait()
        await asyncio.sleep(0)  # the server makes its worker
        (worker,) = (each for each in asyncio.all_tasks() if "_asgi_worker" in str(each.get_coro()))
        worker.cancel()
        await asyncio.wait_for(serving, SECONDS)

    with pytest.raises(ServingEnded):
        asyncio.run(run())
