"""What the gateway's unit tests share: requests without a server, and a gateway with one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from getme_gateway.http_messages import Request
from getme_gateway.transcoding.json_names import JsonNames
from tests.unit.gateway.gateway_in_test import PEER, Gateway, Server, serve

Scope = dict[str, Any]


@pytest.fixture
def scope() -> Callable[..., Scope]:
    """Makes the ASGI scope of a request as granian does."""

    def make(
        path: bytes = b"/api/v1/users/me",
        *,
        method: str = "GET",
        query: bytes = b"",
        headers: Sequence[tuple[bytes, bytes]] = (),
        **others: Any,
    ) -> Scope:
        return {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "client": PEER,
            "headers": [(b"host", b"getme.test"), *headers],
            **others,
        }

    return make


@pytest.fixture
def request_with(scope: Callable[..., Scope]) -> Callable[..., Request]:
    """Makes a request whose caller sends these body parts and then goes away.

    broken: the last part is not the last that was announced.
    """

    def make(*parts: bytes, broken: bool = False, **of_scope: Any) -> Request:
        last = len(parts) - 1
        messages = [
            {"type": "http.request", "body": part, "more_body": broken or index < last}
            for index, part in enumerate(parts or (b"",))
        ]

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        return Request(scope(**of_scope), receive)

    return make


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture
def gateway(server: Server, scope: Callable[..., Scope]) -> Gateway:
    return Gateway(server, scope)


@pytest.fixture
def camel_gateway(server: Server, scope: Callable[..., Scope]) -> Gateway:
    return Gateway(server, scope, JsonNames.CAMEL)
