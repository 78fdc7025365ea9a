"""A TCP proxy that can be slow, deaf or rude, to stand before a server that is healthy.

Answers for what a bad network does to a stream: bytes come late, slowly or never, or the connection
is reset. Knows nothing of what the bytes mean.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Self

CHUNK_BYTES = 65_536
LISTEN_SECONDS = 10
# A trickle is cut so fine that even a slow one moves several times a second.
PIECES_PER_SECOND = 8
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close sends RST

Address = tuple[str, int]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to the bytes that go back to the client.

    delay_seconds: each comes so much later. bytes_per_second: no more than that, per connection.
    is_deaf: they are kept, in both directions, until the fault is over. resets: connections are
    reset, those that are there and those that come.
    """

    delay_seconds: float = 0
    bytes_per_second: int | None = None
    is_deaf: bool = False
    resets: bool = False


HEALTHY = Fault()


class FaultyProxy:
    """Carries connections from where it listens to upstream, in a thread of its own."""

    def __init__(self, listen: Address, upstream: Address) -> None:
        """Listens; raises OSError where it cannot."""
        self._upstream = upstream
        self._fault = HEALTHY
        self._loop = asyncio.new_event_loop()
        self._hearing = asyncio.Event()
        self._hearing.set()
        self._clients: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty-proxy")
        self._thread.start()
        self._do(self._listen(listen))

    def suffer(self, fault: Fault) -> None:
        """From now on this fault, in place of the one before; HEALTHY for none."""
        self._do(self._suffer(fault))

    def close(self) -> None:
        """Listens no more, and ends all connections."""
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(LISTEN_SECONDS)

    async def _listen(self, address: Address) -> None:
        self._server = await asyncio.start_server(self._connected, *address)

    async def _suffer(self, fault: Fault) -> None:
        self._fault = fault
        if fault.is_deaf:
            self._hearing.clear()
        else:
            self._hearing.set()
        if fault.resets:
            for client in self._clients:
                _reset(client)

    async def _close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._clients.add(to_client)
        try:
            if self._fault.resets:
                _reset(to_client)
                return
            from_server, to_server = await asyncio.open_connection(*self._upstream)
            await self._carry_both((from_client, to_client), (from_server, to_server))
        except (OSError, asyncio.CancelledError):
            pass  # what ends one side ends the other, below
        finally:
            self._clients.discard(to_client)
            self._tasks.discard(task)
            to_client.close()

    async def _carry_both(self, client: Streams, server: Streams) -> None:
        """Carries until one side ends, and ends the other."""
        due: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        carriers = [
            asyncio.create_task(self._carry(client[0], server[1])),
            asyncio.create_task(self._stamp(server[0], due)),
            asyncio.create_task(self._deliver(due, client[1])),
        ]
        try:
            await asyncio.wait(carriers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for carrier in carriers:
                carrier.cancel()
            await asyncio.gather(*carriers, return_exceptions=True)
            server[1].close()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            await self._hearing.wait()
            sink.write(chunk)
            await sink.drain()

    async def _stamp(
        self, source: asyncio.StreamReader, due: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        """Notes when each chunk may go on, so that a delay holds up none behind another."""
        while chunk := await source.read(CHUNK_BYTES):
            due.put_nowait((self._loop.time() + self._fault.delay_seconds, chunk))

    async def _deliver(
        self, due: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter
    ) -> None:
        while True:
            moment, chunk = await due.get()
            await asyncio.sleep(moment - self._loop.time())
            while chunk:
                await self._hearing.wait()
                rate = self._fault.bytes_per_second
                piece = chunk[: rate // PIECES_PER_SECOND if rate else len(chunk)]
                chunk = chunk[len(piece) :]
                sink.write(piece)
                await sink.drain()
                if rate:
                    await asyncio.sleep(len(piece) / rate)


def _reset(client: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        connection: socket.socket = client.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    client.transport.abort()
