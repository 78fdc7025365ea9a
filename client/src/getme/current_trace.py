"""Tells the server which span a call belongs to, where the program has one.

By W3C trace context (https://www.w3.org/TR/trace-context/). OpenTelemetry is looked for and never
imported: a program that has not imported it has no span.
"""

import sys
from typing import Any

from getme.calls import Metadata

# Keys of gRPC metadata, and HTTP headers, alike.
TRACEPARENT_KEY = "traceparent"
TRACESTATE_KEY = "tracestate"
_OPENTELEMETRY = "opentelemetry.trace"


def with_current_span(metadata: Metadata) -> Metadata:
    """The metadata of a call, by which the program's current span is the parent of the server's.

    The same where there is no span, or where the metadata name a parent already.
    """
    # Without the function while another thread is still importing it.
    current: Any = getattr(sys.modules.get(_OPENTELEMETRY), "get_current_span", None)
    if current is None:
        return metadata
    span = current().get_span_context()
    if not span.is_valid or any(key == TRACEPARENT_KEY for key, _ in metadata):
        return metadata
    parent = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
    state = span.trace_state.to_header()
    return (
        *metadata,
        (TRACEPARENT_KEY, parent),
        *([(TRACESTATE_KEY, state)] if state else []),
    )
