"""A TCP proxy in a process of its own, so that it can be frozen: `link_program HOST PORT`.

Prints the port where it listens on loopback. Then it takes orders on standard input, one a line:
    carry       bytes go through, from now on
    reset       connections are reset, on both sides
    lose        servers are reset, and clients not told: what they send is lost
    slow N      what servers send comes N seconds later, until `carry`
Ends with its input.
"""

import asyncio
import socket
import struct
import sys
from contextlib import suppress

CHUNK_BYTES = 65_536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close sends RST


class Pair:
    """A connection from a client, and the one to the server that belongs to it."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._client = client
        self._server = server
        self._is_lost = False

    def reset(self) -> None:
        """Ends both."""
        _reset(self._client)
        _reset(self._server)

    def lose(self) -> None:
        """Ends the one to the server alone."""
        self._is_lost = True
        _reset(self._server)

    async def to_server(self, client: asyncio.StreamReader) -> None:
        """Carries until the client ends, or the server where that is told."""
        while chunk := await client.read(CHUNK_BYTES):
            if not self._is_lost:
                self._server.write(chunk)
                await self._server.drain()

    async def to_client(self, server: asyncio.StreamReader, link: "Link") -> None:
        """Carries until the server ends; one that is lost never does."""
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(self._deliver(late))
        try:
            while chunk := await server.read(CHUNK_BYTES):
                late.put_nowait((link.now + link.delay_seconds, chunk))
        except OSError:
            pass
        finally:
            if not self._is_lost:
                delivering.cancel()
        if self._is_lost:
            await asyncio.Event().wait()

    async def _deliver(self, late: asyncio.Queue[tuple[float, bytes]]) -> None:
        while True:
            due, chunk = await late.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            self._client.write(chunk)
            await self._client.drain()


class Link:
    """All connections, and what is done to them."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = host, port
        self._pairs: set[Pair] = set()
        self.delay_seconds = 0.0

    @property
    def now(self) -> float:
        """The loop's clock."""
        return asyncio.get_running_loop().time()

    def obey(self, order: str) -> None:
        """Does what a line says."""
        name, *values = order.split()
        if name in {"carry", "slow"}:
            self.delay_seconds = float(values[0]) if values else 0.0
        for pair in self._pairs:
            if name == "reset":
                pair.reset()
            elif name == "lose":
                pair.lose()

    async def connected(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        """Carries one connection until either side ends."""
        try:
            from_server, to_server = await asyncio.open_connection(*self._upstream)
        except OSError:
            to_client.close()
            return
        pair = Pair(to_client, to_server)
        self._pairs.add(pair)
        carriers = [
            asyncio.create_task(pair.to_server(from_client)),
            asyncio.create_task(pair.to_client(from_server, self)),
        ]
        await asyncio.wait(carriers, return_when=asyncio.FIRST_COMPLETED)
        self._pairs.discard(pair)
        for carrier in carriers:
            carrier.cancel()
        await asyncio.gather(*carriers, return_exceptions=True)
        to_client.close()
        to_server.close()


def _reset(stream: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # it has ended already
        connection: socket.socket = stream.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    stream.transport.abort()


async def main() -> None:
    """Carries until standard input ends."""
    loop = asyncio.get_running_loop()
    link = Link(sys.argv[1], int(sys.argv[2]))
    server = await asyncio.start_server(link.connected, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        link.obey(line.decode())


if __name__ == "__main__":
    asyncio.run(main())
