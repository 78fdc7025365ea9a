"""Requests are read behind all interceptors, and what marks a handler stays on it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_interceptor import ServerInterceptor

from getme.v1.user_service_pb2 import GetUserRequest, GetUserResponse
from getme_server.errors import TokenMissing
from getme_server.interceptors.authentication import Authentication
from getme_server.interceptors.errors import ErrorTranslation
from tests.unit.interceptors.serving import GOOD_REQUEST, SECONDS, SERVICE, serve
from tests.unit.interceptors.verifying import Verifying
from tests.unit.tokens.forging import NOW, forge
from tests.waiting import until

WATCHERS = 8
BEARER = (("authorization", f"Bearer {forge()}"),)
ANSWER = GetUserResponse()


class Note(ServerInterceptor):
    """Notes that a call passed by."""

    def __init__(self, name: str, passed: list[str]) -> None:
        self._name = name
        self._passed = passed

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        """Passes the call on."""
        self._passed.append(f"{self._name} {method_name}")
        return method(request_or_iterator, context)


def unary(_request: Any, _context: Any) -> GetUserResponse:
    return ANSWER


def protected() -> list[ServerInterceptor]:
    return [ErrorTranslation(), Authentication(Verifying(), lambda: NOW, lambda: 0)]


MALFORMED = {
    "cut field": b"\x0a\x24abc",
    "group without an end": b"\x0b",
    "field number zero": b"\x00\x01",
    "varint without an end": b"\xff" * 11,
    "text that is not UTF-8": b"\x0a\x01\xff",
}
INVALID = {
    "empty": GetUserRequest(),
    "no UUID": GetUserRequest(user_id="ada"),
    "UUID and a newline": GetUserRequest(user_id="7777b733-a6b8-47e7-83ad-bc2739ae9954\n"),
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED)
def test_bytes_that_are_no_message_are_refused_once_the_caller_is_known(
    request_bytes: bytes,
) -> None:
    with serve({"unary": unary}, protected()) as server:
        without_token = server.refused(request=request_bytes)
        with_token = server.refused(request=request_bytes, metadata=BEARER)
    assert without_token.reason == TokenMissing.reason
    assert (with_token.code, with_token.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_FIELD",
    )
    (violation,) = with_token.details["BadRequest"].field_violations
    assert (violation.field, violation.description) == (
        "request",
        "is not a message of the expected type",
    )


@pytest.mark.parametrize("request_message", INVALID.values(), ids=INVALID)
def test_field_that_breaks_a_rule_of_the_contract_is_named_without_its_value(
    request_message: GetUserRequest,
) -> None:
    with serve({"unary": unary}) as server:
        refusal = server.refused(request=request_message.SerializeToString())
    (violation,) = refusal.details["BadRequest"].field_violations
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert violation.field == "user_id"
    assert "UUID" in violation.description
    assert "ada" not in refusal.message


def test_servicer_gets_the_message() -> None:
    received: list[GetUserRequest] = []

    def keep(request: GetUserRequest, _context: Any) -> GetUserResponse:
        received.append(request)
        return ANSWER

    with serve({"unary": keep}) as server:
        server.call(request=GOOD_REQUEST + b"\x7a\x01x")  # a field that we do not know
    assert received[0].user_id == GetUserRequest.FromString(GOOD_REQUEST).user_id


@pytest.mark.parametrize("kind", ["unary", "stream", "bidi"])
def test_interceptors_see_every_call_outermost_first(kind: str) -> None:
    def behaviour(request: Any, _context: Any) -> Any:
        return ANSWER if kind == "unary" else (ANSWER for _ in [request])

    passed: list[str] = []
    with serve({kind: behaviour}, [Note("outer", passed), Note("inner", passed)]) as server:
        for _ in range(2):
            assert server.call(kind) == [b""]
    assert passed == [f"outer /test.Test/{kind}", f"inner /test.Test/{kind}"] * 2


def test_interceptors_are_not_asked_for_a_method_that_does_not_exist() -> None:
    passed: list[str] = []
    with serve({"unary": unary}, [Note("outer", passed)]) as server:
        assert server.refused("unary_nowhere").code is grpc.StatusCode.UNIMPLEMENTED
    assert passed == []


def test_watchers_that_hold_no_thread_may_be_more_than_the_threads() -> None:
    senders: list[Callable[[GetUserResponse | None], None]] = []
    all_there = threading.Event()

    def stream_watch(_request: Any, _context: Any, send: Callable[..., None]) -> None:
        send(ANSWER)
        senders.append(send)
        if len(senders) == WATCHERS:
            all_there.set()

    stream_watch.experimental_non_blocking = True  # type: ignore[attr-defined]  # grpcio's mark
    stream_watch.experimental_thread_pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]
    passed: list[str] = []
    interceptors = [ErrorTranslation(), Note("outer", passed)]
    with serve({"stream_watch": stream_watch, "unary": unary}, interceptors, threads=1) as server:
        watch: grpc.UnaryStreamMultiCallable[bytes, bytes]
        watch = server.channel.unary_stream(f"/{SERVICE}/stream_watch")
        watches = [watch(GOOD_REQUEST, timeout=SECONDS) for _ in range(WATCHERS)]
        assert all_there.wait(SECONDS)
        assert server.call("unary") == [b""]
        assert until(lambda: server.pool.under_way == 0, SECONDS)
        for send in senders:
            send(ANSWER)
            send(None)
        assert [list(answers) for answers in watches] == [[b"", b""]] * WATCHERS
    assert passed.count("outer /test.Test/stream_watch") == WATCHERS


def test_watch_that_is_refused_ends_with_its_status() -> None:
    def stream_watch(_request: Any, _context: Any, _send: Callable[..., None]) -> None:
        raise RuntimeError("canary")

    stream_watch.experimental_non_blocking = True  # type: ignore[attr-defined]  # grpcio's mark
    with serve({"stream_watch": stream_watch}, protected()) as server:
        assert server.refused("stream_watch").reason == "TOKEN_MISSING"
        crashed = server.refused("stream_watch", metadata=BEARER)
    assert crashed.reason == "INTERNAL"
    assert "canary" not in crashed.everything
