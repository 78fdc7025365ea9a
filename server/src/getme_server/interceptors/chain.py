"""Puts the interceptors around each method, once, and reads requests behind them.

The interceptors are grpc-interceptor's `ServerInterceptor`s. Its own `intercept_service` builds
four closures and four handlers for every call, in grpcio's single poller thread; here a method
is wrapped at its first call and looked up from then on (measured: see docs/performance.md).

A request is parsed and validated innermost, so that the bytes of a caller without a token are
never parsed.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_interceptor import ServerInterceptor
from protovalidate import ValidationError, Validator
from protovalidate import ViolationPb as Violation

from getme_server.errors import InvalidField
from getme_server.interceptors.admission import Admission

Behaviour = Callable[..., Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic in its stubs only
FindHandler: TypeAlias = "Callable[[grpc.HandlerCallDetails], Handler | None]"

# grpcio chooses a handler's thread pool, and whether it needs a thread at all, by these marks on
# its function (grpc/_server.py); a wrapper without them would move health to the common pool.
_MARKS = ("experimental_thread_pool", "experimental_non_blocking")


class Chain(grpc.ServerInterceptor):
    """The interceptors of a server, outermost first, with admission before all of them."""

    def __init__(self, interceptors: Sequence[ServerInterceptor], admission: Admission) -> None:
        self._interceptors = interceptors
        self._admission = admission
        self._validator = Validator()
        self._handlers: dict[str, Handler] = {}
        self._refusals: dict[str, Handler] = {}

    def intercept_service(
        self,
        continuation: FindHandler,
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """The wrapped handler of a method, None (UNIMPLEMENTED) where there is none."""
        method = handler_call_details.method
        handler = self._handlers.get(method)
        if handler is None:
            inner = continuation(handler_call_details)
            if inner is None:
                return None
            handler = self._handlers[method] = self._wrap(inner, method)
            self._refusals[method] = self._refusal(inner, method)
        if self._admission.refuses(handler.unary_unary):
            return self._refusals[method]
        return handler

    def _wrap(self, inner: Handler, method: str) -> Handler:
        if inner.unary_unary and inner.request_deserializer:
            answer = partial(self._answer, inner.unary_unary, inner.request_deserializer)
            return grpc.unary_unary_rpc_method_handler(
                self._marked(inner.unary_unary, answer, method),
                response_serializer=inner.response_serializer,
            )
        if inner.unary_stream:
            return grpc.unary_stream_rpc_method_handler(
                self._marked(inner.unary_stream, inner.unary_stream, method),
                inner.request_deserializer,
                inner.response_serializer,
            )
        if inner.stream_stream:
            return grpc.stream_stream_rpc_method_handler(
                self._marked(inner.stream_stream, inner.stream_stream, method),
                inner.request_deserializer,
                inner.response_serializer,
            )
        raise NotImplementedError(f"{method}: the contract has no call of this kind")

    def _marked(self, marked: Behaviour, innermost: Behaviour, method: str) -> Behaviour:
        """Innermost with all interceptors around it, and the marks of what it wraps."""
        behaviour = self._around(innermost, method)
        for mark in _MARKS:
            if hasattr(marked, mark):
                setattr(behaviour, mark, getattr(marked, mark))
        return behaviour

    def _refusal(self, inner: Handler, method: str) -> Handler:
        """Answers OVERLOADED through the same interceptors, on admission's own pool."""
        behaviour = self._around(self._admission.refuse, method)
        behaviour.experimental_thread_pool = self._admission.refusal_pool  # type: ignore[attr-defined]
        return grpc.unary_unary_rpc_method_handler(
            behaviour, response_serializer=inner.response_serializer
        )

    def _around(self, innermost: Behaviour, method: str) -> Behaviour:
        behaviour = innermost
        for interceptor in reversed(self._interceptors):
            behaviour = _step(interceptor, behaviour, method)
        return behaviour

    def _answer(
        self,
        servicer_method: Behaviour,
        parse: Callable[[bytes], Message],
        request: bytes,
        context: grpc.ServicerContext,
    ) -> Any:
        try:
            message = parse(request)
        except DecodeError:
            raise InvalidField({"request": "is not a message of the expected type"}) from None
        try:
            self._validator.validate(message)
        except ValidationError as invalid:
            raise InvalidField(_violations(invalid)) from None
        return servicer_method(message, context)


def _step(interceptor: ServerInterceptor, behaviour: Behaviour, method: str) -> Behaviour:
    intercept = interceptor.intercept

    def step(
        request: Any, context: grpc.ServicerContext, send: Callable[[Any], None] | None = None
    ) -> Any:
        if send is not None:  # a watching stream that holds no thread
            return intercept(partial(_watch, behaviour, send), request, context, method)
        return intercept(behaviour, request, context, method)

    return step


def _watch(
    behaviour: Behaviour,
    send: Callable[[Any], None],
    request: Any,
    context: grpc.ServicerContext,
) -> Any:
    return behaviour(request, context, send)


def _violations(invalid: ValidationError) -> dict[str, str]:
    """Field name to what would be right, without the caller's value."""
    return {_path(violation.proto): violation.proto.message for violation in invalid.violations}


def _path(violation: Violation) -> str:
    elements = violation.field.elements if violation.field else ()
    return ".".join(element.field_name for element in elements) or "request"
