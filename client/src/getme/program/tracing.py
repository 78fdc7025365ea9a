"""Spans of one process, sent to an OpenTelemetry collector (OTLP over gRPC).

Imported only where tracing is on: OpenTelemetry is an extra. Its own variables (`OTEL_*`) say what
getme has no setting for, such as headers for the collector and attributes of the resource.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from getme.program.trace_context import Parent

# How long the end of a process waits for a collector; the grace ends half a second later.
FLUSH_SECONDS = 0.5
REQUEST_ID = "getme.request_id"
ERROR_TYPE = "error.type"

_NOBODY = Context()


class Tracing:
    """The spans of a program.

    program: its name, and that of its distribution. endpoint: `http://host:port`, or `https://`
    for TLS. ratio: of the traces that begin here, how many are recorded; what callers have decided
    counts for theirs.
    """

    def __init__(self, program: str, *, endpoint: str, ratio: float) -> None:
        """Connects when the first spans are sent, and tries again while nobody takes them."""
        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http:"))
        self._sending = BatchSpanProcessor(exporter)
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=Resource.create(
                {"service.name": program, "service.version": version(program)}
            ),
            shutdown_on_exit=False,  # it would wait for half a minute; `close` does not
        )
        provider.add_span_processor(self._sending)
        self.tracer = provider.get_tracer("getme", version(program))

    @contextmanager
    def serving(
        self, name: str, parent: Parent | None, attributes: Mapping[str, str]
    ) -> Iterator[Span]:
        """The span of what a caller asked for, current within `with`. What is raised is not told.

        Whatever was current before is no part of it: threads are used again.
        """
        with self.tracer.start_as_current_span(
            name,
            context=_context(parent),
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def close(self) -> None:
        """Sends what there is, within FLUSH_SECONDS, or loses it."""
        ending = threading.Thread(target=self._sending.shutdown, name="last-spans", daemon=True)
        ending.start()
        ending.join(FLUSH_SECONDS)


def has_failed(span: Span, error_type: str) -> None:
    """Marks a span as that of a fault. error_type: of few values, none of them a caller's."""
    span.set_attribute(ERROR_TYPE, error_type)
    span.set_status(Status(StatusCode.ERROR))


def _context(parent: Parent | None) -> Context:
    if parent is None:
        return _NOBODY
    flags = TraceFlags(TraceFlags.SAMPLED if parent.is_sampled else TraceFlags.DEFAULT)
    context = SpanContext(parent.trace_id, parent.span_id, is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(context), _NOBODY)
