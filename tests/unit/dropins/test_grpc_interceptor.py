"""CurrentUser in front of services of all forms: who gets in, and what the others are told."""

import threading
from ast import literal_eval
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from getme.grpc_interceptor import CurrentUser, current_user
from tests.unit.dropins.greeters import FORMS, SERVICE, Greeter, threads
from tests.unit.dropins.scripted_clients import SECONDS, ScriptedAsyncClient, ScriptedClient

Metadata = tuple[tuple[str, str], ...]
RPCS = ["Greet", "GreetOften", "GreetListed", "GreetAll", "GreetEach"]


@pytest.fixture(params=FORMS)
def greeter(request: pytest.FixtureRequest) -> Iterator[Greeter]:
    """A service of each form that any user may call."""
    with FORMS[request.param](()) as running:
        yield running


@pytest.fixture(params=FORMS)
def creators_greeter(request: pytest.FixtureRequest) -> Iterator[Greeter]:
    """A service of each form for creators."""
    with FORMS[request.param]({"creator"}) as running:
        yield running


def bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)


def call(
    greeter: Greeter,
    rpc: str,
    metadata: Metadata,
    *,
    service: str = SERVICE,
    timeout: float | None = SECONDS,
) -> bytes:
    """What an RPC answers to a request, or a stream of two; a stream of answers in one line."""
    channel: Any  # bytes go as they are; its stubs know messages only
    with grpc.insecure_channel(greeter.address) as channel:
        name = f"/{service}/{rpc}"
        given: dict[str, Any] = {"metadata": metadata, "timeout": timeout}
        if rpc in {"GreetOften", "GreetListed"}:
            return b" ".join(channel.unary_stream(name)(b"2", **given))
        if rpc == "GreetAll":
            return bytes(channel.stream_unary(name)(iter([b"1", b"2"]), **given))
        if rpc == "GreetEach":
            return b" ".join(channel.stream_stream(name)(iter([b"1", b"2"]), **given))
        return bytes(channel.unary_unary(name)(b"1", **given))


def refusal(greeter: Greeter, rpc: str, metadata: Metadata) -> Any:
    """The error of a call that is refused."""
    with pytest.raises(grpc.RpcError) as refused:
        call(greeter, rpc, metadata)
    return refused.value


def details_of(error: Any) -> dict[str, Any]:
    """The google.rpc details of a refusal, by the names of their types."""
    status = rpc_status.from_call(error)
    assert status is not None
    found: dict[str, Any] = {}
    for kind in ("ErrorInfo", "RequestInfo", "RetryInfo"):
        message = getattr(error_details_pb2, kind)()
        for detail in status.details:
            if detail.Unpack(message):
                found[kind] = message
    return found


@pytest.mark.parametrize("rpc", RPCS)
def test_a_good_token_gets_in_and_the_handler_knows_who_calls(greeter: Greeter, rpc: str) -> None:
    assert call(greeter, rpc, bearer("ada")) == (b"Ada" if rpc == "Greet" else b"Ada Ada")


@pytest.mark.parametrize("rpc", RPCS)
def test_nobody_gets_in_without_a_token(greeter: Greeter, rpc: str) -> None:
    error = refusal(greeter, rpc, ())
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    info = details_of(error)["ErrorInfo"]
    assert (info.reason, info.domain) == ("TOKEN_MISSING", "getme")
    assert greeter.client.asked == []


@pytest.mark.parametrize(
    "metadata",
    [
        (*bearer("ada"), *bearer("ada")),
        (*bearer("ada"), ("authorization", "Basic YTpi")),
        (("authorization", "Basic YTpi"),),
        (("authorization", "ada"),),
        (("authorization", "Bearer"),),
    ],
    ids=["the same twice", "two schemes", "another scheme", "no scheme", "no token"],
)
def test_what_is_not_exactly_one_bearer_token_is_refused(
    greeter: Greeter, metadata: Metadata
) -> None:
    error = refusal(greeter, "Greet", metadata)
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert details_of(error)["ErrorInfo"].reason == "TOKEN_INVALID"
    assert greeter.client.asked == []


def test_the_scheme_may_be_written_in_any_case(greeter: Greeter) -> None:
    assert call(greeter, "Greet", (("authorization", "bEARER ada"),)) == b"Ada"


@pytest.mark.parametrize(
    ("token", "code", "reason", "retry_seconds"),
    [
        ("forged", "UNAUTHENTICATED", "TOKEN_INVALID", None),
        ("expired", "UNAUTHENTICATED", "TOKEN_EXPIRED", None),
        ("of-suspended", "PERMISSION_DENIED", "ACCOUNT_SUSPENDED", None),
        ("of-nobody", "NOT_FOUND", "USER_NOT_FOUND", None),
        ("storeless", "UNAVAILABLE", "STORE_UNAVAILABLE", 2.5),
        ("overloaded", "RESOURCE_EXHAUSTED", "OVERLOADED", 1.0),
        ("huge", "RESOURCE_EXHAUSTED", "TOO_LARGE", None),
        ("buggy", "INTERNAL", "INTERNAL", None),
        ("barred-anew", "PERMISSION_DENIED", "TOO_YOUNG", None),
    ],
)
def test_what_getme_refuses_is_passed_on(
    greeter: Greeter, token: str, code: str, reason: str, retry_seconds: float | None
) -> None:
    error = refusal(greeter, "Greet", bearer(token))
    assert (error.code().name, error.details()) == (code, f"text of {reason}")
    details = details_of(error)
    assert (details["ErrorInfo"].reason, details["ErrorInfo"].domain) == (reason, "getme")
    assert details["RequestInfo"].request_id == "r1"
    retry = details.get("RetryInfo")
    assert (retry and retry.retry_delay.ToTimedelta().total_seconds()) == retry_seconds


@pytest.mark.parametrize(
    "token", ["unreached", "unanswered", "closed", "forked", "broken", "kept-out", "misread"]
)
def test_where_getme_cannot_be_asked_the_caller_shall_come_back(
    greeter: Greeter, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = refusal(greeter, "Greet", bearer(token))
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert error.details() == "users cannot be read now"
    details = details_of(error)
    assert details["ErrorInfo"].reason == "STORE_UNAVAILABLE"
    assert details["RetryInfo"].retry_delay.ToTimedelta().total_seconds() == 1.0
    assert "text of" in caplog.text  # the cause, for the operator
    assert token not in caplog.text


def test_a_role_is_required(creators_greeter: Greeter) -> None:
    assert call(creators_greeter, "Greet", bearer("carla")) == b"Carla"
    error = refusal(creators_greeter, "Greet", bearer("ada"))
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert details_of(error)["ErrorInfo"].reason == "ROLE_REQUIRED"
    assert error.details() == "this call needs the role creator"


@pytest.mark.parametrize(
    ("service", "rpc"),
    [
        (SERVICE, "Open"),
        ("grpc.health.v1.Health", "Check"),
        ("grpc.reflection.v1.ServerReflection", "Check"),
    ],
)
def test_open_methods_need_no_token_and_know_nobody(
    greeter: Greeter, service: str, rpc: str
) -> None:
    assert call(greeter, rpc, (), service=service) == b"nobody"
    assert call(greeter, rpc, bearer("ada"), service=service) == b"nobody"
    assert greeter.client.asked == []


def test_token_and_deadline_can_be_passed_on(greeter: Greeter) -> None:
    metadata, seconds = literal_eval(call(greeter, "Forward", bearer("ada")).decode())
    assert metadata == (("authorization", "Bearer ada"),)
    assert 0 < seconds < SECONDS + 1  # gRPC sends a timeout rounded up
    _, unbounded = literal_eval(call(greeter, "Forward", bearer("ada"), timeout=None).decode())
    assert unbounded is None


def test_a_method_that_does_not_exist_is_unimplemented(greeter: Greeter) -> None:
    assert refusal(greeter, "Nothing", ()).code() is grpc.StatusCode.UNIMPLEMENTED


def test_nobody_is_asked_for_longer_than_the_caller_waits(greeter: Greeter) -> None:
    with pytest.raises(grpc.RpcError) as error:
        call(greeter, "Greet", bearer("slow"), timeout=0.3)
    assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    if isinstance(greeter.client, ScriptedAsyncClient):
        assert greeter.client.cancelled.wait(SECONDS / 2)
    else:
        assert 0 < greeter.client.timeouts[0] < 1


def test_without_a_deadline_the_clients_own_holds() -> None:
    with threads(()) as greeter:
        assert call(greeter, "Greet", bearer("ada"), timeout=None) == b"Ada"
        assert greeter.client.timeouts == [None]


class TrailingMetadata(grpc.ServerInterceptor):
    """Another interceptor, further out, that sets trailing metadata."""

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        inner = continuation(handler_call_details)

        def behaviour(request: bytes, context: grpc.ServicerContext) -> Any:
            context.set_trailing_metadata((("x-outer", "kept"),))
            return inner.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(behaviour)


def test_what_outer_interceptors_send_is_kept() -> None:
    with threads((), outer=[TrailingMetadata()]) as greeter:
        error = refusal(greeter, "Greet", ())
    assert ("x-outer", "kept") in tuple(error.trailing_metadata())
    assert details_of(error)["ErrorInfo"].reason == "TOKEN_MISSING"


class NewHandlers(grpc.ServerInterceptor):
    """Another interceptor, further in, that makes a handler for each call."""

    def __init__(self) -> None:
        self.calls = 0

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        self.calls += 1
        answer = str(self.calls).encode()
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: answer)


def test_each_call_gets_the_handler_that_inner_interceptors_choose() -> None:
    with threads((), inner=[NewHandlers()]) as greeter:
        answers = [call(greeter, "Greet", bearer("ada")) for _ in range(3)]
    assert answers == [b"1", b"2", b"3"]


def test_marks_of_a_handler_are_carried_over() -> None:
    """A handler's pool is chosen by its marks, and how it is called."""
    used: list[tuple[str, str]] = []

    def watch(_request: bytes, context: Any, send: Any) -> None:
        used.append((current_user(context).firstname, threading.current_thread().name[:3]))
        send(b"first")
        send(None)

    with ThreadPoolExecutor(1, thread_name_prefix="own") as own_pool:
        watch.experimental_non_blocking = True  # type: ignore[attr-defined]
        watch.experimental_thread_pool = own_pool  # type: ignore[attr-defined]
        with threads((), watch=watch) as greeter:
            assert call(greeter, "GreetOften", bearer("ada")) == b"first"
            error = refusal(greeter, "GreetOften", ())
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert used == [("Ada", "own")]


@pytest.mark.parametrize(
    "roles", [{"creater"}, "viewer", {"viewer", "admin"}], ids=["typo", "a text", "one unknown"]
)
def test_a_role_that_nobody_can_have_is_refused_at_once(roles: Any) -> None:
    with pytest.raises(ValueError, match="roles is a set of"):
        CurrentUser(ScriptedClient(), roles=roles)


@pytest.mark.parametrize("name", ["test.Greeter/Greet", "/test.Greeter", "Greet"])
def test_what_is_no_full_name_of_a_method_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match="open_methods"):
        CurrentUser(ScriptedClient(), open_methods={name})
