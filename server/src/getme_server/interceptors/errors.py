"""The only place where an error becomes a gRPC status.

Details follow https://google.aip.dev/193: ErrorInfo with domain and reason, RequestInfo with the
request ID, RetryInfo and BadRequest where they help. The text of an exception that is not ours
never reaches a caller: grpcio would send it (`Exception calling application: ...`).
"""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import grpc
import structlog
from google.protobuf.any import pack
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_interceptor import ServerInterceptor
from grpc_status import rpc_status

from getme.reasons import DOMAIN, Reason
from getme_server.call import attach_refusal, request_id
from getme_server.errors import CallAbandoned, DeadlinePassed, GetmeError, InvalidField

_log = structlog.get_logger()

STATUS_OF_REASON: dict[Reason, grpc.StatusCode] = {
    Reason.TOKEN_MISSING: grpc.StatusCode.UNAUTHENTICATED,
    Reason.TOKEN_INVALID: grpc.StatusCode.UNAUTHENTICATED,
    Reason.TOKEN_EXPIRED: grpc.StatusCode.UNAUTHENTICATED,
    Reason.TOKEN_REVOKED: grpc.StatusCode.UNAUTHENTICATED,
    Reason.ROLE_REQUIRED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.ACCOUNT_SUSPENDED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.ACCOUNT_LOCKED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.ACCOUNT_INACTIVE: grpc.StatusCode.PERMISSION_DENIED,
    Reason.ACCOUNT_BANNED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.BAD_CREDENTIALS: grpc.StatusCode.UNAUTHENTICATED,
    Reason.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.EMAIL_TAKEN: grpc.StatusCode.ALREADY_EXISTS,
    Reason.ETAG_MISMATCH: grpc.StatusCode.ABORTED,
    Reason.LAST_MODERATOR: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.SESSION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.INVALID_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.USER_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.STORE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
}


class InternalFault(GetmeError):
    """A bug of ours. The caller learns the request ID and nothing else."""

    reason = Reason.INTERNAL

    def __init__(self) -> None:
        super().__init__("an internal error; the request ID finds it in the log")


class ErrorTranslation(ServerInterceptor):
    """Turns what a call raises, or its stream while it is sent, into a status with details."""

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        """Ends the call with a status where anything is raised."""
        try:
            answer = method(request_or_iterator, context)
        except Exception as error:  # noqa: BLE001  # the last place that can hide its text
            _end(error, context, method_name)
        if isinstance(answer, Iterator):
            return _guarded(answer, context, method_name)
        return answer


def _guarded(
    answers: Iterator[Any], context: grpc.ServicerContext, method_name: str
) -> Iterator[Any]:
    try:
        yield from answers
    except Exception as error:  # noqa: BLE001  # the last place that can hide its text
        _end(error, context, method_name)


def _end(error: Exception, context: grpc.ServicerContext, method_name: str) -> NoReturn:
    if isinstance(error, DeadlinePassed):
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the call's deadline passed")
    # grpcio ends the requests of a stream whose caller has gone with an RpcError of no class.
    if isinstance(error, CallAbandoned) or (
        isinstance(error, grpc.RpcError) and not context.is_active()
    ):
        context.abort(grpc.StatusCode.CANCELLED, "the caller did not wait")
    if type(error) is Exception and not error.args and context.code() is not None:  # type: ignore[attr-defined]  # types-grpcio lacks it
        raise error  # context.abort raises this: a library's handler has ended the call itself
    if isinstance(error, NotImplementedError) and _left_to_its_default(context):
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "this server does not serve the method")
    if not isinstance(error, GetmeError):
        _log.error(
            "internal_error", method=method_name, request_id=request_id(context), exc_info=error
        )
        error = InternalFault()
    attach_refusal(context, error)
    context.abort_with_status(_status(error, context))


def _left_to_its_default(context: grpc.ServicerContext) -> bool:
    """Whether a generated servicer has answered that nobody wrote this method."""
    return bool(context.code() is grpc.StatusCode.UNIMPLEMENTED)  # type: ignore[attr-defined]


def _status(error: GetmeError, context: grpc.ServicerContext) -> grpc.Status:
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN),
        error_details_pb2.RequestInfo(request_id=request_id(context)),
    ]
    if error.retry_after_seconds is not None:
        delay = Duration()
        delay.FromNanoseconds(round(error.retry_after_seconds * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    if isinstance(error, InvalidField):
        details.append(_bad_request(error))
    status = status_pb2.Status(
        code=STATUS_OF_REASON[error.reason].value[0],
        message=error.message,
        details=[pack(detail) for detail in details],
    )
    return rpc_status.to_status(status)


def _bad_request(error: InvalidField) -> Message:
    bad_request: Message = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=field, description=text)
            for field, text in error.violations.items()
        ]
    )
    return bad_request
