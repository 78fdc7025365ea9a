"""Where a call comes from, over a real connection from loopback."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

import grpc
import pytest

from getme.program.forwarding import MAX_USER_AGENT_CHARACTERS
from getme_server.accounts.origin import Origin
from getme_server.call import origin
from getme_server.client_address import Networks, read_networks

LOOPBACK = read_networks("127.0.0.0/8")
CLIENT = "203.0.113.9"
Metadata = Sequence[tuple[str, str]]
Ask = Callable[[Metadata], Origin]


@contextmanager
def asking(trusted: Networks) -> Iterator[Ask]:
    """A server, and what it takes for the origin of calls with some metadata."""
    seen: list[Origin] = []

    def answer(_request: bytes, context: grpc.ServicerContext) -> bytes:
        seen.append(origin(context, trusted))
        return b""

    method: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(answer)
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("test.Test", {"Ask": method}),)
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        options = [("grpc.primary_user_agent", "browser-in-test/1")]
        with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
            call: Any = channel.unary_unary("/test.Test/Ask")

            def ask(metadata: Metadata) -> Origin:
                call(b"", metadata=metadata, timeout=10)
                return seen.pop()

            yield ask
        server.stop(None).wait()


@pytest.fixture(scope="module")
def ask_behind_gateway() -> Iterator[Ask]:
    with asking(LOOPBACK) as ask:
        yield ask


@pytest.fixture(scope="module")
def ask_directly() -> Iterator[Ask]:
    with asking(()) as ask:
        yield ask


FORWARDED = [
    ("x-forwarded-for", "198.51.100.66"),
    ("x-request-id", "request-1"),
    ("x-forwarded-for", CLIENT),
    ("x-forwarded-user-agent", "Mozilla/5.0 (X11)"),
]


def test_a_trusted_gateway_tells_of_its_client(ask_behind_gateway: Ask) -> None:
    assert ask_behind_gateway(FORWARDED) == Origin("request-1", CLIENT, "Mozilla/5.0 (X11)")


def test_others_tell_of_nobody_but_themselves(ask_directly: Ask) -> None:
    seen = ask_directly(FORWARDED)
    assert seen.address == "127.0.0.1"
    assert seen.user_agent.startswith("browser-in-test/1")


def test_a_caller_of_grpc_is_its_own_user_agent(ask_behind_gateway: Ask) -> None:
    seen = ask_behind_gateway([])
    assert seen.user_agent.startswith("browser-in-test/1")
    assert seen.address == "127.0.0.1"
    assert seen.request_id


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a" * 5_000, "a" * MAX_USER_AGENT_CHARACTERS),
        ("  spaces around ", "spaces around"),
        ("", ""),
    ],
)
def test_a_user_agent_is_short(ask_behind_gateway: Ask, given: str, shown: str) -> None:
    assert ask_behind_gateway([("x-forwarded-user-agent", given)]).user_agent == shown


class OddCall:
    """A call by a client that is not grpcio's, which would not send such metadata."""

    def peer(self) -> str:
        return f"ipv4:{CLIENT}:1"

    def invocation_metadata(self) -> Metadata:
        return [("user-agent", "a\r\nb\x1b[31mc\u2028d\u202ee")]


def test_a_user_agent_is_one_line_that_moves_no_cursor() -> None:
    assert origin(cast("grpc.ServicerContext", OddCall()), ()).user_agent == "a  b [31mc d e"
