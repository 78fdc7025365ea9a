"""One log line a call: request ID, method, status, duration, user ID; never a secret.

Successes and refusals have a budget of lines a second each, so that neither load nor an attacker
fills the disk; a line says how many were left out before it. Faults of ours are always logged.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import structlog
from grpc_interceptor import ServerInterceptor

from getme_server.call import caller_if_known, refusal, request_id, status_code

LINES_A_SECOND = 100
_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})
_HEALTH = "/grpc.health.v1.Health/"  # probes ask every few seconds, and answer nobody's call

_log = structlog.get_logger()


class LineBudget:
    """So many lines in each second. clock: monotonic, seconds."""

    def __init__(self, clock: Callable[[], float], lines_a_second: int = LINES_A_SECOND) -> None:
        self._clock = clock
        self._lines_a_second = lines_a_second
        self._second = 0
        self._spent = 0
        self._left_out = 0
        self._mutex = threading.Lock()

    def take(self) -> int | None:
        """How many lines were left out since the last one, or None: leave this one out too."""
        second = int(self._clock())
        if second == self._second and self._spent >= self._lines_a_second:
            self._left_out += 1  # unlocked, on the path of every call: a miscount is no harm
            return None
        with self._mutex:
            if second != self._second:
                self._second, self._spent = second, 0
            self._spent += 1
            left_out, self._left_out = self._left_out, 0
            return left_out


class AccessLog(ServerInterceptor):
    """Writes a line when a call ends. clock: monotonic, seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._successes = LineBudget(clock)
        self._refusals = LineBudget(clock)

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        """Passes the call on and logs how it ended."""
        begun = time.perf_counter()
        try:
            answer = method(request_or_iterator, context)
        except BaseException:
            self._line(context, method_name, begun)
            raise
        if isinstance(answer, Iterator):
            return self._stream(answer, context, method_name, begun)
        self._line(context, method_name, begun)
        return answer

    def _stream(
        self, answers: Iterator[Any], context: grpc.ServicerContext, method_name: str, begun: float
    ) -> Iterator[Any]:
        try:
            yield from answers
        finally:
            self._line(context, method_name, begun)

    def _line(self, context: grpc.ServicerContext, method_name: str, begun: float) -> None:
        code = status_code(context)
        if code is grpc.StatusCode.OK:
            left_out = None if method_name.startswith(_HEALTH) else self._successes.take()
        else:
            left_out = 0 if code in _FAULTS else self._refusals.take()
        if left_out is None:
            return
        fields: dict[str, object] = {
            "method": method_name,
            "code": code.name,
            "duration_ms": round((time.perf_counter() - begun) * 1000, 3),
            "request_id": request_id(context),
        }
        claims = caller_if_known(context)
        if claims is not None:
            fields["user_id"] = str(claims.user_id)
        error = refusal(context)
        if error is not None:
            fields |= {"reason": error.reason, "cause": error.cause}
        if left_out:
            fields["lines_left_out"] = left_out
        _log.info("call", **fields)
