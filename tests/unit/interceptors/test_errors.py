"""How errors reach a caller: a status, typed details, and never a word of an exception."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

import getme_server
from getme.reasons import DOMAIN, Reason
from getme.v1.user_service_pb2 import GetUserResponse
from getme_server.accounts.errors import (
    AccountSuspended,
    EmailTaken,
    StoreUnavailable,
    UserNotFound,
)
from getme_server.errors import (
    CallAbandoned,
    GetmeError,
    InvalidField,
    Overloaded,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TooLarge,
)
from getme_server.interceptors.errors import STATUS_OF_REASON
from tests.unit.interceptors.serving import serve

CANARY = "canary-7f3a"
ANSWER = GetUserResponse()


class Unprintable(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        """Nothing."""
        raise RuntimeError(CANARY)


def _crash(_answer: GetUserResponse) -> GetUserResponse:
    raise RuntimeError(CANARY)


def unary_raises(_request: Any, _context: Any) -> GetUserResponse:
    raise RuntimeError(CANARY)


def unary_raises_a_bare_exception(_request: Any, _context: Any) -> GetUserResponse:
    raise Exception  # noqa: TRY002  # what context.abort raises too


def unary_raises_after_a_code(_request: Any, context: Any) -> GetUserResponse:
    context.set_code(grpc.StatusCode.NOT_FOUND)
    raise RuntimeError(CANARY)


def unary_raises_beyond_unicode(_request: Any, _context: Any) -> GetUserResponse:
    raise RuntimeError(f"{CANARY}\ud800")


def unary_raises_the_unprintable(_request: Any, _context: Any) -> GetUserResponse:
    raise Unprintable


def unary_raises_a_known_cause(_request: Any, _context: Any) -> GetUserResponse:
    raise KeyError(CANARY) from UserNotFound(CANARY)


def stream_raises_when_called(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    raise RuntimeError(CANARY)


def stream_raises_first(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield from map(_crash, [ANSWER])


def stream_raises_between(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield ANSWER
    raise RuntimeError(CANARY)


def bidi_raises_first(_requests: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield from map(_crash, [ANSWER])


def bidi_raises_between(requests: Any, _context: Any) -> Iterator[GetUserResponse]:
    for _ in requests:
        yield ANSWER
    raise RuntimeError(CANARY)


BUGS = [
    unary_raises,
    unary_raises_a_bare_exception,
    unary_raises_after_a_code,
    unary_raises_beyond_unicode,
    unary_raises_the_unprintable,
    unary_raises_a_known_cause,
    stream_raises_when_called,
    stream_raises_first,
    stream_raises_between,
    bidi_raises_first,
    bidi_raises_between,
]


@pytest.mark.parametrize("behaviour", BUGS, ids=lambda behaviour: behaviour.__name__)
def test_bug_is_internal_with_the_request_id_and_without_its_text(behaviour: Any) -> None:
    name = behaviour.__name__
    with capture_logs() as lines, serve({name: behaviour}) as server:
        refusal = server.refused(name, metadata=(("x-request-id", "request-1"),))
    assert refusal.code is grpc.StatusCode.INTERNAL
    assert CANARY not in refusal.everything
    assert (refusal.details["ErrorInfo"].domain, refusal.reason) == (DOMAIN, "INTERNAL")
    assert refusal.details["RequestInfo"].request_id == "request-1"
    (line,) = (line for line in lines if line["event"] == "internal_error")
    assert (line["method"], line["request_id"]) == (f"/test.Test/{name}", "request-1")
    assert isinstance(line["exc_info"], Exception)


# the error, its status, its reason
REFUSALS = {
    "token missing": (TokenMissing(), grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"),
    "token invalid": (TokenInvalid(CANARY), grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"),
    "token expired": (TokenExpired(), grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"),
    "suspended": (
        AccountSuspended("barred"), grpc.StatusCode.PERMISSION_DENIED, "ACCOUNT_SUSPENDED"
    ),
    "user not found": (UserNotFound("who?"), grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND"),
    "e-mail taken": (EmailTaken(), grpc.StatusCode.ALREADY_EXISTS, "EMAIL_TAKEN"),
    "store away": (StoreUnavailable(CANARY), grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE"),
    "overloaded": (Overloaded("busy"), grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    "too large": (TooLarge("large"), grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE"),
    "invalid field": (
        InvalidField({"user_id": "is wrong"}), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["unary", "stream", "bidi"])
@pytest.mark.parametrize(("error", "code", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_refusal_is_its_status_with_its_public_message_alone(
    kind: str, error: GetmeError, code: grpc.StatusCode, reason: str
) -> None:
    def refuse(_request: Any, _context: Any) -> Any:
        raise error

    with serve({kind: refuse}) as server:
        refusal = server.refused(kind)
    assert (refusal.code, refusal.message, refusal.reason) == (code, error.message, reason)
    assert refusal.details["ErrorInfo"].domain == DOMAIN
    assert refusal.details["RequestInfo"].request_id
    assert ("RetryInfo" in refusal.details) is (error.retry_after_seconds is not None)
    assert CANARY not in refusal.everything


class PatientError(GetmeError):
    """Says when to come back, with a fraction."""

    reason = Reason.OVERLOADED
    retry_after_seconds = 1.25


def test_retry_info_carries_fractions_of_a_second() -> None:
    def refuse(_request: Any, _context: Any) -> Any:
        raise PatientError("later")

    with serve({"unary": refuse}) as server:
        delay = server.refused().details["RetryInfo"].retry_delay
    assert (delay.seconds, delay.nanos) == (1, 250_000_000)


def test_each_wrong_field_is_named() -> None:
    def refuse(_request: Any, _context: Any) -> Any:
        raise InvalidField({"a": "is short", "b.c": "is long"})

    with serve({"unary": refuse}) as server:
        violations = server.refused().details["BadRequest"].field_violations
    assert {v.field: v.description for v in violations} == {"a": "is short", "b.c": "is long"}


def test_call_that_nobody_waits_for_is_cancelled_and_no_bug() -> None:
    def abandon(_request: Any, _context: Any) -> Any:
        raise CallAbandoned(CANARY)

    with capture_logs() as lines, serve({"unary": abandon}) as server:
        refusal = server.refused()
    assert refusal.code is grpc.StatusCode.CANCELLED
    assert CANARY not in refusal.everything
    assert lines == []


@pytest.mark.parametrize("kind", ["unary", "stream"])
def test_call_that_a_library_aborts_keeps_its_status(kind: str) -> None:
    def abort(_request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.OUT_OF_RANGE, "beyond")

    with capture_logs() as lines, serve({kind: abort}) as server:
        refusal = server.refused(kind)
    assert (refusal.code, refusal.message) == (grpc.StatusCode.OUT_OF_RANGE, "beyond")
    assert lines == []


def test_method_that_does_not_exist_is_unimplemented() -> None:
    with serve({"unary": unary_raises}) as server:
        assert server.refused("unary_nowhere").code is grpc.StatusCode.UNIMPLEMENTED


def subclasses(kind: type[GetmeError]) -> Iterator[type[GetmeError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def all_errors() -> list[type[GetmeError]]:
    """Every error of the server, wherever it is defined."""
    for module in pkgutil.walk_packages(getme_server.__path__, "getme_server."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [k for k in subclasses(GetmeError) if k.__module__.startswith("getme_server.")]


def test_every_error_has_a_reason_and_every_reason_a_status() -> None:
    errors = all_errors()
    assert {TokenInvalid, TokenExpired, StoreUnavailable} <= set(errors)
    assert {kind.__name__ for kind in errors if kind.reason not in STATUS_OF_REASON} == set()
    assert set(STATUS_OF_REASON) == set(Reason)
    assert not {grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN} & set(STATUS_OF_REASON.values())
