"""A refusal as a gRPC service sends it: status, text and google.rpc details, as getme's server.

The other direction of `errors.py`. grpcio-status would be one more dependency for one key.
"""

from typing import NamedTuple

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from getme.errors import Error, NotFound, PermissionDenied, TooLarge, Unauthenticated, Unavailable
from getme.reasons import DOMAIN, Reason

_KEY = "grpc-status-details-bin"
_CODE_OF_CLASS: dict[type[Error], grpc.StatusCode] = {
    Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    NotFound: grpc.StatusCode.NOT_FOUND,
    Unavailable: grpc.StatusCode.UNAVAILABLE,
    TooLarge: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
_EXHAUSTED = {Reason.OVERLOADED, Reason.RATE_LIMITED}


class Refusal(NamedTuple):
    """What ends a call. trailing: metadata to send with it."""

    code: grpc.StatusCode
    text: str
    trailing: tuple[tuple[str, bytes], ...] = ()


def refusal_of(error: Error) -> Refusal:
    """The refusal that an error stands for; its message is shown to the caller."""
    code = _CODE_OF_CLASS.get(type(error), grpc.StatusCode.INTERNAL)
    if error.reason in _EXHAUSTED:
        code = grpc.StatusCode.RESOURCE_EXHAUSTED
    status = status_pb2.Status(
        code=code.value[0],
        message=error.message,
        details=[_packed(detail) for detail in _details(error)],
    )
    return Refusal(code, error.message, ((_KEY, status.SerializeToString()),))


def _details(error: Error) -> list[Message]:
    details: list[Message] = [error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)]
    if error.request_id:
        details.append(error_details_pb2.RequestInfo(request_id=error.request_id))
    if error.retry_after_seconds is not None:
        delay = Duration()
        delay.FromNanoseconds(round(error.retry_after_seconds * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return details


def _packed(detail: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed
