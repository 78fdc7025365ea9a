"""Sees each call begin and end, unary or stream, however it ends; what log and metrics build on."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from grpc_interceptor import ServerInterceptor


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
        try:
            answer = method(request_or_iterator, context)
        except BaseException:
            self._ends(context, method_name, time.perf_counter() - begun)
            raise
        if isinstance(answer, Iterator):
            return self._stream(answer, context, method_name, begun)
        self._ends(context, method_name, time.perf_counter() - begun)
        return answer

    def _begins(self, method_name: str) -> None:
        """A call begins."""

    @abstractmethod
    def _ends(self, context: grpc.ServicerContext, method_name: str, seconds: float) -> None:
        """A call has ended after so many seconds, with the status that its context tells."""

    def _stream(
        self, answers: Iterator[Any], context: grpc.ServicerContext, method_name: str, begun: float
    ) -> Iterator[Any]:
        try:
            yield from answers
        finally:
            self._ends(context, method_name, time.perf_counter() - begun)
