"""Follows WatchInvalidations for the client of asyncio: a task, and one for each stream."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import grpc.aio

from getme.clock import Clock, now
from getme.feed import Feed, Stream
from getme.following import Following
from getme.v1.user_service_pb2_grpc import UserServiceStub


class Watcher:
    """Writes a feed until it is stopped; to be made and used in one event loop.

    connect: opens a channel for the streams alone, as `watcher.Watcher` has it.
    """

    def __init__(
        self, feed: Feed, connect: Callable[[], Awaitable[grpc.aio.Channel]], *, clock: Clock = now
    ) -> None:
        self._feed = feed
        self._connect = connect
        self._clock = clock
        self._following = Following(feed, at=clock())
        self._changed = asyncio.Event()
        self._channel: grpc.aio.Channel | None = None
        self._readers: dict[Stream, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts following."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="getme-watcher")

    def reconnect(self) -> None:
        """Has the next stream, in half a minute at the latest, open a connection of its own."""
        self._following.needs_connection = True

    async def stop(self) -> None:
        """Ends following at once; from here on nothing may be used from memory."""
        self._feed.end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while True:
                stream = self._following.due(at=self._clock())
                if stream is not None:
                    await self._open(stream)
                self._let_go()
                self._changed.clear()
                await self._wait()
        finally:
            self._feed.end()
            readers = list(self._readers.values())
            for reader in readers:
                reader.cancel()
            if readers:
                await asyncio.wait(readers)
            self._feed.end()  # again: a reader may have taken one more message in
            if self._channel is not None:
                await self._channel.close()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._following.wake_at() - self._clock()):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def _open(self, stream: Stream) -> None:
        if self._following.needs_connection or self._channel is None:
            if self._channel is not None:
                await self._channel.close()
            self._channel = await self._connect()
            self._following.needs_connection = False
        self._readers[stream] = asyncio.create_task(
            self._read(stream, self._channel), name="getme-watch-stream"
        )

    def _let_go(self) -> None:
        for stream, reader in self._readers.items():
            if not self._following.follows(stream):
                reader.cancel()

    async def _read(self, stream: Stream, channel: grpc.aio.Channel) -> None:
        call = UserServiceStub(channel).WatchInvalidations(stream.request)
        unserved = False
        try:
            async for message in call:
                if self._following.message(stream, message, at=self._clock()):
                    self._changed.set()
        except grpc.aio.AioRpcError as ended:
            unserved = ended.code() is grpc.StatusCode.UNIMPLEMENTED
        except asyncio.CancelledError:
            if is_being_cancelled():
                raise
            # Its channel was closed.
        finally:
            call.cancel()
            del self._readers[stream]
            self._following.ended(stream, at=self._clock(), unserved=unserved)
            self._changed.set()


def is_being_cancelled() -> bool:
    """Whether CancelledError is meant for this task, and not the word of a call that was ended."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
