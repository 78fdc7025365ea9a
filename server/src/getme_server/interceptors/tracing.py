"""A span for each call, child of the caller's where it names one.

With RPC's semantic conventions (https://opentelemetry.io/docs/specs/semconv/rpc/grpc/), the request
ID and the public reason of a refusal. No metadata, no message and no address: what a caller sends
never gets in, but for the IDs of its trace. Imported only where tracing is on.
"""

from collections.abc import Callable
from typing import Any

import grpc
from grpc_interceptor import ServerInterceptor

from getme.current_trace import TRACEPARENT_KEY
from getme.program.trace_context import parent_of
from getme.program.tracing import REQUEST_ID, Tracing, has_failed
from getme_server.call import refusal, request_id, status_code

_HEALTH = "/grpc.health.v1.Health/"  # probes ask every few seconds, and answer nobody's call
# Those of a server that the conventions count as errors; all others are a caller's.
_FAULTS = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)


class CallSpans(ServerInterceptor):
    """Records each unary call but those of health."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        """Answers, or raises, what the call does."""
        if method_name.startswith(_HEALTH):
            return method(request_or_iterator, context)
        name = method_name.removeprefix("/")
        attributes = {"rpc.system.name": "grpc", "rpc.method": name}
        with self._tracing.serving(name, parent_of(_traceparents(context)), attributes) as span:
            try:
                return method(request_or_iterator, context)
            finally:
                if span.is_recording():
                    span.set_attribute(REQUEST_ID, request_id(context))
                    code = status_code(context)
                    span.set_attribute("rpc.response.status_code", code.name)
                    error = refusal(context)
                    if error is not None:
                        span.set_attribute("getme.reason", error.reason)
                    if code in _FAULTS:
                        has_failed(span, code.name)


def _traceparents(context: grpc.ServicerContext) -> list[str]:
    metadata = context.invocation_metadata() or ()
    return [value for key, value in metadata if key == TRACEPARENT_KEY and isinstance(value, str)]
