"""One log line a call: request ID, method, status, duration, user ID; never a secret.

Successes and refusals have a budget of lines a second each, so that neither load nor an attacker
fills the disk; a line says how many were left out before it. Faults of ours are always logged, as
errors.
"""

from collections.abc import Callable
from uuid import UUID

import grpc
import structlog

from getme.program.line_budget import LineBudget
from getme_server.call import caller_if_known, refusal, request_id, status_code
from getme_server.interceptors.call_observer import CallObserver

_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})
_HEALTH = "/grpc.health.v1.Health/"  # probes ask every few seconds, and answer nobody's call

_log = structlog.get_logger()


class AccessLog(CallObserver):
    """Writes a line when a call ends. clock: monotonic, seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._successes = LineBudget(clock)
        self._refusals = LineBudget(clock)

    def answered_from_memory(
        self, context: grpc.ServicerContext, method_name: str, seconds: float, user_id: UUID
    ) -> None:
        """A call was answered well, so fast that nothing else saw it. user_id: its caller's."""
        left_out = self._successes.take()
        if left_out is not None:
            self._write(context, method_name, seconds, user_id, left_out)

    def _ends(self, context: grpc.ServicerContext, method_name: str, seconds: float) -> None:
        code = status_code(context)
        if code is grpc.StatusCode.OK:
            left_out = None if method_name.startswith(_HEALTH) else self._successes.take()
        else:
            left_out = 0 if code in _FAULTS else self._refusals.take()
        if left_out is not None:
            claims = caller_if_known(context)
            user_id = None if claims is None else claims.user_id
            self._write(context, method_name, seconds, user_id, left_out)

    @staticmethod
    def _write(
        context: grpc.ServicerContext,
        method_name: str,
        seconds: float,
        user_id: UUID | None,
        left_out: int,
    ) -> None:
        code = status_code(context)
        fields: dict[str, object] = {
            "method": method_name,
            "code": code.name,
            "duration_ms": round(seconds * 1000, 3),
            "request_id": request_id(context),
        }
        if user_id is not None:
            fields["user_id"] = str(user_id)
        error = refusal(context)
        if error is not None:
            fields |= {"reason": error.reason, "cause": error.cause}
        if left_out:
            fields["lines_left_out"] = left_out
        (_log.error if code in _FAULTS else _log.info)("call", **fields)
