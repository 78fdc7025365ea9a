"""Follows WatchInvalidations by many streams at once, and prints when each was told what.

A program of its own: `python -m bench.watchers --port 50051 --watchers 100`. It prints a line when
all streams have begun. Then it reads a line: the ID of a user and the moment since when a change of
that user may be told, for all streams to be told of it before the end; or nothing. At its end it
prints JSON: what each stream was told. Moments are those of the machine's monotonic clock, seconds.
The streams share a few connections and one thread.
"""

import argparse
import asyncio
import json
import math
import sys
import time
from typing import Any
from uuid import UUID

import grpc.aio

from getme.channels import channel_options
from getme.v1.user_service_pb2 import WatchInvalidationsRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub

CONNECTIONS = 4
READY = "all streams have begun"
_START_SECONDS = 60
_LAST_NEWS_SECONDS = 30


class Stream:
    """One stream. told: when, by user ID, for the first time. gaps: when all was said to be void.

    has_begun: the start marker has come. knows_last: it was told of what `wait_for` named.
    """

    def __init__(self) -> None:
        self.told: dict[str, float] = {}
        self.gaps: list[float] = []
        self.has_begun = asyncio.Event()
        self._last = ("", math.inf)
        self.knows_last = asyncio.Event()

    async def follow(self, channel: grpc.aio.Channel) -> None:
        """Until the task is cancelled; an end before that is an error."""
        stream = UserServiceStub(channel).WatchInvalidations(WatchInvalidationsRequest())
        async for message in stream:
            now = time.monotonic()
            for user_id in message.user_ids:
                self.told.setdefault(str(UUID(bytes=user_id)), now)
            if message.gap and self.has_begun.is_set():
                self.gaps.append(now)
            self.has_begun.set()
            self._look()
        raise ConnectionError("a stream has ended")

    def wait_for(self, user_id: str, since: float) -> None:
        """Sets knows_last once the stream was told of a user, or of a gap since a moment."""
        self._last = (user_id, since)
        self._look()

    def _look(self) -> None:
        user_id, since = self._last
        if user_id in self.told or any(gap >= since for gap in self.gaps):
            self.knows_last.set()


async def watch(port: int, number: int) -> list[Stream]:
    """Follows until a line comes from the standard input, and what it names is known."""
    channels = [
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=channel_options(connection))
        for connection in range(CONNECTIONS)
    ]
    streams = [Stream() for _ in range(number)]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(stream.follow(channels[place % CONNECTIONS]))
            for place, stream in enumerate(streams)
        ]
        async with asyncio.timeout(_START_SECONDS):
            for stream in streams:
                await stream.has_begun.wait()
        print(READY, flush=True)
        if last := await _line():
            user_id, since = last.split()
            async with asyncio.timeout(_LAST_NEWS_SECONDS):
                for stream in streams:
                    stream.wait_for(user_id, float(since))
                    await stream.knows_last.wait()
        for task in tasks:
            task.cancel()
    for channel in channels:
        await channel.close()
    return streams


async def _line() -> str:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(sys.stdin, readable.set)
    await readable.wait()
    loop.remove_reader(sys.stdin)
    return sys.stdin.readline().strip()


def main() -> None:
    """Reads the command line, follows, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--watchers", type=int, required=True)
    chosen = parser.parse_args()
    streams = asyncio.run(watch(chosen.port, chosen.watchers))
    answer: list[dict[str, Any]] = [
        {"told": stream.told, "gaps": stream.gaps} for stream in streams
    ]
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
