"""What a call to getme can end in, as exceptions.

    Error
    +-- Unauthenticated     sign in again (TOKEN_*, BAD_CREDENTIALS)
    +-- PermissionDenied    known and refused (ROLE_REQUIRED, ACCOUNT_*)
    +-- InvalidArgument     the request's fields are wrong (INVALID_FIELD)
    +-- NotFound            no such user or session (USER_NOT_FOUND, SESSION_NOT_FOUND)
    +-- AlreadyExists       somebody else has it (EMAIL_TAKEN)
    +-- Aborted             changed in the meantime (ETAG_MISMATCH)
    +-- FailedPrecondition  not as things are (LAST_MODERATOR)
    +-- Unimplemented       not served here (GETME_ACCOUNTS=off)
    +-- Unavailable         try again later (STORE_UNAVAILABLE, OVERLOADED, RATE_LIMITED,
    |                       no connection)
    +-- TooLarge            the request or its metadata is over a limit (TOO_LARGE)
    +-- DeadlineExceeded    no answer in time
    +-- Internal            a fault of the server (INTERNAL)

This is the one place that reads a gRPC status (google.rpc.Status in the trailing metadata,
https://google.aip.dev/193). No text here holds a token.
"""

from dataclasses import dataclass, field
from typing import Protocol

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from getme.reasons import DOMAIN, Reason

_STATUS_DETAILS = "grpc-status-details-bin"


class Error(Exception):
    """A call to getme that gave no answer.

    reason: the `ErrorInfo.reason`, or the name of the gRPC status code where the refusal did
    not come from getme itself (no connection, a proxy). request_id: for the operator's log, may
    be empty.
    """

    def __init__(self, message: str, *, reason: str, details: "ErrorDetails") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.request_id = details.request_id
        self.retry_after_seconds = details.retry_after_seconds
        self.field_violations = details.field_violations


class Unauthenticated(Error):
    """There is no acceptable token; signing in again may help."""


class PermissionDenied(Error):
    """The caller is known and may not; signing in again will not help."""


class InvalidArgument(Error):
    """Fields of the request are wrong; `field_violations` names them."""


class NotFound(Error):
    """No such user, or no such session of the caller."""


class AlreadyExists(Error):
    """What was to be made is there already, and somebody else's."""


class Aborted(Error):
    """It was changed in the meantime; look at it again."""


class FailedPrecondition(Error):
    """The state of things forbids it; the same call may be right later."""


class Unimplemented(Error):
    """This server does not serve the call: it keeps no accounts, or is older than its client."""


class Unavailable(Error):
    """No answer now; `retry_after_seconds` says when to ask again, where the server said so."""


class TooLarge(Error):
    """The request or its metadata is over a limit; asking again will not help."""


class DeadlineExceeded(Error):
    """No answer within the time that the caller gave."""


class Internal(Error):
    """A fault of the server or of this library; `request_id` finds it in the server's log."""


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """The typed details of a google.rpc.Status that getme sends."""

    reason: str = ""
    request_id: str = ""
    retry_after_seconds: float | None = None
    field_violations: dict[str, str] = field(default_factory=dict)


_CLASS_OF_CODE: dict[grpc.StatusCode, type[Error]] = {
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.UNIMPLEMENTED: Unimplemented,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.CANCELLED: Unavailable,
}


def closed_error() -> Unavailable:
    """The error of a call through a client that was closed."""
    return Unavailable("the client is closed", reason="CLIENT_CLOSED", details=ErrorDetails())


def forked_error() -> Unavailable:
    """The error of a call in a child of a process that had used gRPC before it was forked."""
    return Unavailable(
        "this process was forked from one that had used gRPC, which hangs in such a child: make "
        "no call before the fork, or start processes by spawn",
        reason="FORKED",
        details=ErrorDetails(),
    )


class _Status(Protocol):
    """What grpc.Call and grpc.aio.AioRpcError have in common."""

    def code(self) -> grpc.StatusCode: ...
    def details(self) -> str | None: ...
    def trailing_metadata(self) -> object: ...


def error_of_call(failed: _Status) -> Error:
    """The error that a failed call stands for."""
    code = failed.code()
    details = _details_of(failed)
    kind = TooLarge if details.reason == Reason.TOO_LARGE else _CLASS_OF_CODE.get(code, Internal)
    return kind(failed.details() or code.name, reason=details.reason or code.name, details=details)


def _details_of(failed: _Status) -> ErrorDetails:
    for key, value in failed.trailing_metadata() or ():  # type: ignore[attr-defined]  # grpcio's two metadata types share no name
        if key == _STATUS_DETAILS:
            try:
                return _read_details(status_pb2.Status.FromString(value))
            except (DecodeError, OverflowError, ValueError):
                break  # not from getme: the bare status says what there is to say
    return ErrorDetails()


def _read_details(status: status_pb2.Status) -> ErrorDetails:
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.RequestInfo()
    retry = error_details_pb2.RetryInfo()
    bad_request = error_details_pb2.BadRequest()
    retry_after = None
    for detail in status.details:
        if detail.Unpack(retry):
            retry_after = retry.retry_delay.ToTimedelta().total_seconds()
        else:
            _ = detail.Unpack(info) or detail.Unpack(request) or detail.Unpack(bad_request)
    return ErrorDetails(
        reason=info.reason if info.domain == DOMAIN else "",
        request_id=request.request_id,
        retry_after_seconds=retry_after,
        field_violations={v.field: v.description for v in bad_request.field_violations},
    )
