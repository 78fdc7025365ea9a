"""A client of either form that remembers, and the scripted server that it asks."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any, Protocol

import getme
from getme.remembered import Memory
from getme.v1.user_pb2 import User
from getme.v1.user_service_pb2 import DESCRIPTOR, GetMeResponse, UpdateMeRequest
from tests.unit.client.scripted_feed import ScriptedFeed
from tests.unit.client.serving import SECONDS, Users, until

ADA = "7777b733-a6b8-47e7-83ad-bc2739ae9954"
GRACE = "5efc4d03-4d4f-4ee2-9a5a-e30c9bd1b2a6"
_UPDATE_ME = DESCRIPTOR.services_by_name["UserService"].methods_by_name["UpdateMe"]


class RememberingServer:
    """Answers with the user that the token begins with, and counts versions in the etag."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self.feed = ScriptedFeed()
        self.versions = {ADA: 1, GRACE: 1}
        self.usable_seconds = 60.0
        users.watch = self.feed.watch
        users.get_me = self.answer

    @property
    def asked(self) -> int:
        """How many calls of GetMe came."""
        return sum(type(request).__name__ == "GetMeRequest" for request in self.users.requests)

    def answer(self, request: Any, context: Any) -> GetMeResponse:
        """GetMe as it is now."""
        bearer = str(dict(context.invocation_metadata())["authorization"])
        user_id = bearer.removeprefix("Bearer ").split(".")[0]
        answer = GetMeResponse(user=User(user_id=user_id), etag=str(self.versions[user_id]))
        if request.remember:
            answer.freshness.log_id = self.feed.log_id
            answer.freshness.position = self.feed.position
            answer.freshness.usable_for.FromNanoseconds(int(self.usable_seconds * 1e9))
        return answer

    def change(self, user_id: str) -> None:
        """A user has another version, and the feed tells it."""
        self.versions[user_id] += 1
        self.feed.change(user_id)


class Client(Protocol):
    """What both forms have, without await."""

    @property
    def memory(self) -> Memory: ...

    def get_me(self, token: str, max_staleness: timedelta | None = None) -> getme.User: ...


class AioClient:
    """The client of asyncio, in a loop of its own."""

    def __init__(self, address: str, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.client: getme.aio.Client = self.run(self._make(address, **options))

    @property
    def memory(self) -> Memory:
        return self.client.memory

    def get_me(self, token: str, max_staleness: timedelta | None = None) -> getme.User:
        user: getme.User = self.run(self.client.get_me(token, max_staleness))
        return user

    def update_me(self, token: str) -> None:
        metadata = (("authorization", f"Bearer {token}"),)
        self.run(self.client.call(_UPDATE_ME, UpdateMeRequest(), metadata=metadata))

    def run(self, awaited: "Coroutine[Any, Any, Any]") -> Any:
        return asyncio.run_coroutine_threadsafe(awaited, self._loop).result(SECONDS)

    def close(self) -> None:
        self.run(self.client.close())
        left = self.run(self._tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        assert left == []

    async def _make(self, address: str, **options: Any) -> getme.aio.Client:
        return getme.aio.Client(address, **options)

    async def _tasks(self) -> list[str]:
        names = [task.get_name() for task in asyncio.all_tasks()]
        return [name for name in names if name.startswith("getme")]


Connect = Callable[..., Any]


@contextmanager
def closing(connect: Connect, server: RememberingServer, **options: Any) -> Iterator[Any]:
    """A client that follows the feed already."""
    client = connect(server.users.address, timeout_seconds=SECONDS, **options)
    try:
        client.get_me(f"{GRACE}.first")
        until(lambda: client.memory.lease_seconds_left > 0)
        yield client
    finally:
        client.close()


def is_remembered(server: RememberingServer, client: Client, token: str) -> bool:
    """Whether a call asks nobody; if it asks, the answer is remembered from then on."""
    before = server.asked
    client.get_me(token)
    return server.asked == before


def remember(server: RememberingServer, client: Client, token: str) -> None:
    """Has a token's answer in memory."""
    until(lambda: is_remembered(server, client, token))
