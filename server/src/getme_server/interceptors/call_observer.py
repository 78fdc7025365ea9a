"""Sees each call begin and end, unary or stream, however it ends; what log and metrics build on."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from grpc_interceptor import ServerInterceptor

from getme_server.interceptors.unthreaded import Unthreaded


class CallObserver(ServerInterceptor, ABC):
    """Passes every call on unchanged. Subclasses are told of its end, and of its begin."""

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        """Answers, or raises, what the call does."""
        self._begins(method_name)
        begun = time.perf_counter()

        def over() -> None:
            self._ends(context, method_name, time.perf_counter() - begun)

        try:
            answer = method(request_or_iterator, context)
        except BaseException:
            over()
            raise
        if isinstance(method, Unthreaded):  # it has only begun, unless it is over already
            if not context.add_callback(over):
                over()
            return answer
        if isinstance(answer, Iterator):
            return _stream(answer, over)
        over()
        return answer

    def _begins(self, method_name: str) -> None:
        """A call begins."""

    @abstractmethod
    def _ends(self, context: grpc.ServicerContext, method_name: str, seconds: float) -> None:
        """A call has ended after so many seconds, with the status that its context tells.

        Of a stream that holds no thread grpcio's own thread tells it: waits for nothing.
        """


def _stream(answers: Iterator[Any], over: Callable[[], None]) -> Iterator[Any]:
    try:
        yield from answers
    finally:
        over()
