"""Puts the interceptors around each method, once.

The interceptors are grpc-interceptor's `ServerInterceptor`s. Its own `intercept_service` builds
four closures and four handlers for every call, in grpcio's single poller thread; here a method
is wrapped at its first call and looked up from then on (170 against 190 us of CPU a call).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

import grpc
from grpc_interceptor import ServerInterceptor
from protovalidate import Validator

from getme_server.interceptors.admission import Admission
from getme_server.interceptors.codec import Codec
from getme_server.interceptors.shortcut import Shortcut
from getme_server.interceptors.unthreaded import Send, Unthreaded
from getme_server.request_pool import AT_ONCE

Behaviour = Callable[..., Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic in its stubs only
FindHandler: TypeAlias = "Callable[[grpc.HandlerCallDetails], Handler | None]"

# grpcio chooses a handler's thread pool, and whether it needs a thread at all, by these marks on
# its function (grpc/_server.py); a wrapper without them would move health to the common pool.
_MARKS = ("experimental_thread_pool", "experimental_non_blocking")


_NO_SHORTCUTS: Mapping[str, Shortcut] = MappingProxyType({})
_NO_OTHER_POOLS: Mapping[str, ThreadPoolExecutor] = MappingProxyType({})


class Chain(grpc.ServerInterceptor):
    """The interceptors of a server, outermost first, with admission before all of them.

    pools: full name of a method, such as `/getme.v1.AuthService/Login`, to the threads that run
    it; all others are run by the server's own. refusing: the interceptors around the refusal of a
    call that is one too many, which must not wait for anything; all of them by default. shortcuts:
    method to what may answer it before any interceptor. outermost: those around the shortcuts and
    refusals too, for unary calls alone; none in a server whose calls are not traced, in which a
    call from memory passes no interceptor.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what may be around a call, and who runs it
        self,
        interceptors: Sequence[ServerInterceptor],
        admission: Admission,
        pools: Mapping[str, ThreadPoolExecutor] = _NO_OTHER_POOLS,
        refusing: Sequence[ServerInterceptor] | None = None,
        shortcuts: Mapping[str, Shortcut] = _NO_SHORTCUTS,
        outermost: Sequence[ServerInterceptor] = (),
    ) -> None:
        self._interceptors = interceptors
        self._refusing = interceptors if refusing is None else refusing
        self._admission = admission
        self._pools = pools
        self._shortcuts = shortcuts
        self._outermost = outermost
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
            self._refusals[method] = self._refusal(method)
        if self._admission.refuses(handler.unary_unary):
            return self._refusals[method]
        return handler

    def _wrap(self, inner: Handler, method: str) -> Handler:
        if inner.request_deserializer is None or inner.response_serializer is None:
            raise NotImplementedError(f"{method} has no messages")
        codec = Codec(self._validator, inner.request_deserializer, inner.response_serializer)
        if inner.unary_unary:
            unary = _around(self._interceptors, partial(_unary, inner.unary_unary, codec), method)
            if method in self._shortcuts:
                unary = self._shortcuts[method].remembering(unary)
                if self._outermost:
                    unary = _first(self._shortcuts[method].ready(method), unary)
            unary = _around(self._outermost, unary, method)
            unary = self._marked(inner.unary_unary, unary, method)
            return grpc.unary_unary_rpc_method_handler(self._answering_at_once(unary, method))
        if inner.unary_stream:
            innermost = partial(_stream, inner.unary_stream, codec)
            stream = _around(self._interceptors, innermost, method)
            return grpc.unary_stream_rpc_method_handler(
                self._marked(inner.unary_stream, stream, method)
            )
        if inner.stream_stream:
            exchange = partial(_both_stream, inner.stream_stream, codec)
            both = _around(self._interceptors, exchange, method)
            return grpc.stream_stream_rpc_method_handler(
                self._marked(inner.stream_stream, both, method)
            )
        raise NotImplementedError(f"{method}: the contract has no call of this kind")

    def _marked(self, marked: Behaviour, behaviour: Behaviour, method: str) -> Behaviour:
        """Behaviour with the marks of what it wraps."""
        for mark in _MARKS:
            if hasattr(marked, mark):
                setattr(behaviour, mark, getattr(marked, mark))
        if method in self._pools:
            behaviour.experimental_thread_pool = self._pools[method]  # type: ignore[attr-defined]  # one of the marks
        return behaviour

    def _answering_at_once(self, behaviour: Behaviour, method: str) -> Behaviour:
        """Behaviour with what may answer in its place, where no interceptor must see that."""
        if method in self._shortcuts and not self._outermost:
            setattr(behaviour, AT_ONCE, self._shortcuts[method].ready(method))
        return behaviour

    def _refusal(self, method: str) -> Handler:
        """Answers OVERLOADED, on admission's own pool, what cannot be answered without a thread."""
        around = (*self._outermost, *self._refusing)
        behaviour = _around(around, self._admission.refuse, method)
        behaviour.experimental_thread_pool = self._admission.refusal_pool  # type: ignore[attr-defined]
        return grpc.unary_unary_rpc_method_handler(self._answering_at_once(behaviour, method))


def _around(
    interceptors: Sequence[ServerInterceptor], innermost: Behaviour, method: str
) -> Behaviour:
    behaviour = innermost
    for interceptor in reversed(interceptors):
        behaviour = _step(interceptor, behaviour, method)
    return behaviour


def _first(ready: Behaviour, behaviour: Behaviour) -> Behaviour:
    def first(request: bytes, context: grpc.ServicerContext) -> Any:
        answer = ready(request, context)
        return behaviour(request, context) if answer is None else answer

    return first


def _step(interceptor: ServerInterceptor, behaviour: Behaviour, method: str) -> Behaviour:
    intercept = interceptor.intercept

    def step(request: Any, context: grpc.ServicerContext, send: Send | None = None) -> Any:
        if send is not None:  # a watching stream that holds no thread
            return intercept(Unthreaded(behaviour, send), request, context, method)
        return intercept(behaviour, request, context, method)

    return step


def _unary(
    servicer_method: Behaviour, codec: Codec, request: bytes, context: grpc.ServicerContext
) -> bytes | None:
    return codec.write(servicer_method(codec.read(request), context))


def _stream(
    servicer_method: Behaviour,
    codec: Codec,
    request: bytes,
    context: grpc.ServicerContext,
    send: Send | None = None,
) -> Iterator[bytes | None] | None:
    message = codec.read(request)
    if send is None:
        return map(codec.write, servicer_method(message, context))
    servicer_method(message, context, lambda answer: send(codec.write(answer)))
    return None


def _both_stream(
    servicer_method: Behaviour,
    codec: Codec,
    requests: Iterator[bytes],
    context: grpc.ServicerContext,
) -> Iterator[bytes | None]:
    return map(codec.write, servicer_method(map(codec.read, requests), context))
