"""A service that uses OpenTelemetry: in its traces the server's part is the child of its own."""

import asyncio
import secrets
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider

import getme
from tests.people import ADA
from tests.servers.otlp import Collector
from tests.servers.programs import start_server
from tests.tokens import token_for

SERVER_SPAN = "getme.v1.UserService/GetMe"
Ask = Callable[[str, str], getme.User]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def address(
    collector: Collector, people_store: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Of a server that is traced."""
    settings = collector.settings | {"GETME_STORE": people_store}
    with start_server(tmp_path_factory.mktemp("traced"), settings) as server:
        yield server.address


def ask_with_threads(address: str, token: str) -> getme.User:
    with getme.Client(address) as client:
        return client.get_me(token)


def ask_with_asyncio(address: str, token: str) -> getme.User:
    async def ask() -> getme.User:
        async with getme.aio.Client(address) as client:
            return await client.get_me(token)

    return asyncio.run(ask())


@pytest.mark.parametrize("ask", [ask_with_threads, ask_with_asyncio], ids=["threads", "asyncio"])
def test_span_of_a_service_is_the_parent_of_the_servers(
    collector: Collector, address: str, ask: Ask
) -> None:
    token = token_for(ADA.user_id, jti=secrets.token_hex(8))
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("greeter")
    with tracer.start_as_current_span("greet") as greeting:
        assert ask(address, token).user_id == str(ADA.user_id)
    own = greeting.get_span_context()
    spans = collector.of_trace(f"{own.trace_id:032x}", SERVER_SPAN)
    (call,) = (span for span in spans if span.name == SERVER_SPAN)
    assert (call.service, call.parent) == ("getme-server", f"{own.span_id:016x}")
