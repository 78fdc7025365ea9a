"""Puts a check in front of gRPC handlers of all four kinds."""

from collections.abc import Callable
from typing import Any, TypeAlias

import grpc

Behaviour: TypeAlias = Callable[..., Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic in its stubs only

# grpcio chooses a handler's thread pool, and whether it gets a callback to send with, by these
# marks on its function (grpc/_server.py).
_MARKS = ("experimental_thread_pool", "experimental_non_blocking")
# By what streams: the request, the response.
_KINDS: dict[tuple[bool, bool], tuple[str, Callable[..., Handler]]] = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


class CheckedHandlers:
    """Handlers with a check in front, made once and not for each call.

    check: makes a behaviour that checks and goes on to the one given; it is told whether that
    answers a stream.
    """

    def __init__(self, check: Callable[[Behaviour, bool], Behaviour]) -> None:
        self._check = check
        self._known: dict[str, tuple[Handler, Handler]] = {}

    def around(self, inner: Handler, method: str) -> Handler:
        """The handler of a method, with the check in front of inner."""
        known = self._known.get(method)
        # Another interceptor, further in, may choose a handler for each call.
        if known is None or known[0] is not inner:
            known = self._known[method] = (inner, self._checked(inner))
        return known[1]

    def _checked(self, inner: Handler) -> Handler:
        streams = bool(inner.response_streaming)
        name, handler_of = _KINDS[bool(inner.request_streaming), streams]
        behaviour = getattr(inner, name)
        checked = self._check(behaviour, streams)
        for mark in _MARKS:
            if hasattr(behaviour, mark):
                setattr(checked, mark, getattr(behaviour, mark))
        return handler_of(checked, inner.request_deserializer, inner.response_serializer)
