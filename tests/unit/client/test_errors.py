"""Every status that a call can end with is a typed error; what is malformed is no crash."""

from typing import NamedTuple

import grpc
import pytest
from google.protobuf.any import pack
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

import getme
from getme import errors
from getme.errors import Error, error_of_call

KEY = "grpc-status-details-bin"


class Failed(NamedTuple):
    """A call that failed, as grpc.Call and grpc.aio.AioRpcError both show it."""

    status_code: grpc.StatusCode
    text: str | None = "text"
    trailing: tuple[tuple[str, str | bytes], ...] | None = ()

    def code(self) -> grpc.StatusCode:
        """The status."""
        return self.status_code

    def details(self) -> str | None:
        """The message."""
        return self.text

    def trailing_metadata(self) -> object:
        """What follows the answer."""
        return self.trailing


def failed(code: grpc.StatusCode, *details: Message) -> Failed:
    status = Status(code=code.value[0], details=[pack(detail) for detail in details])
    return Failed(code, trailing=((KEY, status.SerializeToString()),))


CLASSES = {
    grpc.StatusCode.CANCELLED: getme.Unavailable,
    grpc.StatusCode.UNKNOWN: getme.Internal,
    grpc.StatusCode.INVALID_ARGUMENT: getme.InvalidArgument,
    grpc.StatusCode.DEADLINE_EXCEEDED: getme.DeadlineExceeded,
    grpc.StatusCode.NOT_FOUND: getme.NotFound,
    grpc.StatusCode.ALREADY_EXISTS: getme.AlreadyExists,
    grpc.StatusCode.PERMISSION_DENIED: getme.PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: getme.Unavailable,
    grpc.StatusCode.FAILED_PRECONDITION: errors.FailedPrecondition,
    grpc.StatusCode.ABORTED: errors.Aborted,
    grpc.StatusCode.OUT_OF_RANGE: getme.Internal,
    grpc.StatusCode.UNIMPLEMENTED: errors.Unimplemented,
    grpc.StatusCode.INTERNAL: getme.Internal,
    grpc.StatusCode.UNAVAILABLE: getme.Unavailable,
    grpc.StatusCode.DATA_LOSS: getme.Internal,
    grpc.StatusCode.UNAUTHENTICATED: getme.Unauthenticated,
}


def test_table_has_every_code() -> None:
    assert set(CLASSES) == set(grpc.StatusCode) - {grpc.StatusCode.OK}


@pytest.mark.parametrize(("code", "kind"), CLASSES.items(), ids=lambda x: getattr(x, "name", ""))
def test_bare_status_is_an_error_whose_reason_is_its_name(
    code: grpc.StatusCode, kind: type[Error]
) -> None:
    error = error_of_call(Failed(code))
    assert type(error) is kind
    assert (error.message, str(error), error.reason) == ("text", "text", code.name)
    assert (error.request_id, error.retry_after_seconds, error.field_violations) == ("", None, {})


@pytest.mark.parametrize("text", [None, ""], ids=["none", "empty"])
def test_status_without_a_message_is_named(text: str | None) -> None:
    assert error_of_call(Failed(grpc.StatusCode.UNAVAILABLE, text)).message == "UNAVAILABLE"


def test_details_of_getme_are_told() -> None:
    error = error_of_call(
        failed(
            grpc.StatusCode.INVALID_ARGUMENT,
            ErrorInfo(reason="INVALID_FIELD", domain="getme"),
            RequestInfo(request_id="request-1"),
            RetryInfo(retry_delay=Duration(seconds=1, nanos=250_000_000)),
            BadRequest(
                field_violations=[
                    BadRequest.FieldViolation(field="a", description="is short"),
                    BadRequest.FieldViolation(field="b", description="is long"),
                ]
            ),
        )
    )
    assert isinstance(error, getme.InvalidArgument)
    assert (error.reason, error.request_id) == (getme.Reason.INVALID_FIELD, "request-1")
    assert error.retry_after_seconds == 1.25
    assert error.field_violations == {"a": "is short", "b": "is long"}


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("TOO_LARGE", getme.TooLarge), ("OVERLOADED", getme.Unavailable)],
    ids=["too large", "overloaded"],
)
def test_exhausted_resources_are_told_apart_by_their_reason(reason: str, kind: type[Error]) -> None:
    info = ErrorInfo(reason=reason, domain="getme")
    assert type(error_of_call(failed(grpc.StatusCode.RESOURCE_EXHAUSTED, info))) is kind


@pytest.mark.parametrize("domain", ["", "getme.example.org", "GETME", "googleapis.com"])
def test_reason_of_another_domain_is_not_taken_for_ours(domain: str) -> None:
    info = ErrorInfo(reason="TOO_LARGE", domain=domain)
    error = error_of_call(failed(grpc.StatusCode.UNAVAILABLE, info))
    assert (type(error), error.reason) == (getme.Unavailable, "UNAVAILABLE")


def test_reason_of_a_newer_server_is_passed_on() -> None:
    info = ErrorInfo(reason="ACCOUNT_ASLEEP", domain="getme")
    error = error_of_call(failed(grpc.StatusCode.PERMISSION_DENIED, info))
    assert (type(error), error.reason) == (getme.PermissionDenied, "ACCOUNT_ASLEEP")


ENDLESS = failed(
    grpc.StatusCode.UNAVAILABLE, RetryInfo(retry_delay=Duration(seconds=10**18))
).trailing
CUT = Status(details=[pack(ErrorInfo(reason="x" * 30, domain="getme"))])
CUT.details[0].value = CUT.details[0].value[:-5]

UNREADABLE: dict[str, tuple[tuple[str, str | bytes], ...] | None] = {
    "no trailing metadata": None,
    "others only": (("x-other", "1"),),
    "empty": ((KEY, b""),),
    "junk": ((KEY, b"\xff\xff\xff"),),
    "text": ((KEY, b"<html>"),),
    "cut detail": ((KEY, CUT.SerializeToString()),),
    "retry after the end of time": ENDLESS,
}


@pytest.mark.parametrize("trailing", UNREADABLE.values(), ids=UNREADABLE)
def test_details_that_cannot_be_read_leave_the_bare_status(
    trailing: tuple[tuple[str, str | bytes], ...] | None,
) -> None:
    error = error_of_call(Failed(grpc.StatusCode.UNAVAILABLE, trailing=trailing))
    assert (type(error), error.reason) == (getme.Unavailable, "UNAVAILABLE")


def test_every_error_is_exported_and_documented() -> None:
    kinds = Error.__subclasses__()
    assert {kind.__name__ for kind in kinds} <= set(getme.__all__)
    assert all(kind.__doc__ for kind in kinds)
