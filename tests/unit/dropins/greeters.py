"""A service of other people's with RPCs of all four kinds, in each form that grpcio serves.

Every RPC answers the caller's first name, once for each request; `Forward` the metadata and the
time for calls further on. Requests and responses are bytes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc
import grpc.aio

from getme.grpc_interceptor import (
    CurrentUser,
    current_user,
    forwarding_metadata,
    seconds_left,
)
from tests.unit.dropins.scripted_clients import SECONDS, ScriptedAsyncClient, ScriptedClient

SERVICE = "test.Greeter"


class Greeter:
    """A running service, and whom it asks."""

    def __init__(self, client: Any, address: str) -> None:
        self.client = client
        self.address = address


def name_of(context: Any) -> bytes:
    return current_user(context).firstname.encode()


def forward_of(context: Any) -> bytes:
    return repr((forwarding_metadata(context), seconds_left(context))).encode()


def open_to_all(_request: bytes, context: Any) -> bytes:
    try:
        return name_of(context)
    except LookupError:
        return b"nobody"


class ThreadHandlers:
    """Handlers as functions and generators."""

    def greet(self, _request: bytes, context: Any) -> bytes:
        return name_of(context)

    def greet_often(self, request: bytes, context: Any) -> Iterator[bytes]:
        for _ in range(int(request)):
            yield name_of(context)

    def greet_listed(self, request: bytes, context: Any) -> Iterator[bytes]:
        return iter([name_of(context)] * int(request))

    def greet_all(self, requests: Iterator[bytes], context: Any) -> bytes:
        return b" ".join(name_of(context) for _ in requests)

    def greet_each(self, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        for _ in requests:
            yield name_of(context)

    def forward(self, _request: bytes, context: Any) -> bytes:
        return forward_of(context)

    def open(self, request: bytes, context: Any) -> bytes:
        return open_to_all(request, context)


class AsyncHandlers:
    """Handlers as coroutines and asynchronous generators."""

    async def greet(self, _request: bytes, context: Any) -> bytes:
        return name_of(context)

    async def greet_often(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        for _ in range(int(request)):
            yield name_of(context)

    async def greet_listed(self, request: bytes, context: Any) -> None:
        for _ in range(int(request)):
            await context.write(name_of(context))

    async def greet_all(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        return b" ".join([name_of(context) async for _ in requests])

    async def greet_each(
        self, requests: AsyncIterator[bytes], context: Any
    ) -> AsyncIterator[bytes]:
        async for _ in requests:
            yield name_of(context)

    async def forward(self, _request: bytes, context: Any) -> bytes:
        return forward_of(context)

    async def open(self, request: bytes, context: Any) -> bytes:
        return open_to_all(request, context)


def service_of(handlers: ThreadHandlers | AsyncHandlers, watch: Any = None) -> list[Any]:
    often = watch or handlers.greet_often
    rpcs: dict[str, Any] = {
        "Greet": grpc.unary_unary_rpc_method_handler(handlers.greet),
        "GreetOften": grpc.unary_stream_rpc_method_handler(often),
        "GreetListed": grpc.unary_stream_rpc_method_handler(handlers.greet_listed),
        "GreetAll": grpc.stream_unary_rpc_method_handler(handlers.greet_all),
        "GreetEach": grpc.stream_stream_rpc_method_handler(handlers.greet_each),
        "Forward": grpc.unary_unary_rpc_method_handler(handlers.forward),
        "Open": grpc.unary_unary_rpc_method_handler(handlers.open),
    }
    probes: dict[str, Any] = {"Check": grpc.unary_unary_rpc_method_handler(handlers.open)}
    return [
        grpc.method_handlers_generic_handler(SERVICE, rpcs),
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", probes),
        grpc.method_handlers_generic_handler("grpc.reflection.v1.ServerReflection", probes),
    ]


@contextmanager
def threads(
    roles: Collection[str],
    *,
    outer: Collection[Any] = (),
    inner: Collection[Any] = (),
    watch: Any = None,
) -> Iterator[Greeter]:
    """On grpc.server, with other interceptors around. watch: in place of GreetOften's handler."""
    client = ScriptedClient()
    pool = ThreadPoolExecutor(4)
    protection = CurrentUser(client, roles=roles, open_methods={f"/{SERVICE}/Open"})
    server = grpc.server(pool, interceptors=[*outer, protection, *inner])
    server.add_generic_rpc_handlers(service_of(ThreadHandlers(), watch))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield Greeter(client, f"127.0.0.1:{port}")
    finally:
        client.released.set()
        server.stop(None).wait()
        pool.shutdown()


@contextmanager
def coroutines(roles: Collection[str]) -> Iterator[Greeter]:
    """On grpc.aio.server."""
    yield from _on_asyncio(AsyncHandlers(), roles)


@contextmanager
def threads_of_asyncio(roles: Collection[str]) -> Iterator[Greeter]:
    """On grpc.aio.server with handlers that it runs in threads."""
    yield from _on_asyncio(ThreadHandlers(), roles)


FORMS: dict[str, Callable[[Collection[str]], Any]] = {
    "threads": threads,
    "coroutines": coroutines,
    "threads-of-asyncio": threads_of_asyncio,
}


def _on_asyncio(
    handlers: ThreadHandlers | AsyncHandlers, roles: Collection[str]
) -> Iterator[Greeter]:
    client = ScriptedAsyncClient()
    started: Future[tuple[str, Callable[[], object]]] = Future()

    async def serve() -> None:
        ended = asyncio.Event()
        protection = CurrentUser(client, roles=roles, open_methods={f"/{SERVICE}/Open"})
        server = grpc.aio.server(pool, interceptors=[protection])
        server.add_generic_rpc_handlers(service_of(handlers))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        end = partial(asyncio.get_running_loop().call_soon_threadsafe, ended.set)
        started.set_result((f"127.0.0.1:{port}", end))
        await ended.wait()
        await server.stop(None)

    with ThreadPoolExecutor(4) as pool, ThreadPoolExecutor(1) as loop_pool:
        serving = loop_pool.submit(asyncio.run, serve())
        address, end = started.result(SECONDS)
        try:
            yield Greeter(client, address)
        finally:
            end()
            serving.result(SECONDS)
