"""A collector of OpenTelemetry, as far as a program's traces need one: it keeps what it is sent."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Self

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.waiting import until


class Recorded(NamedTuple):
    """A span as it was sent. IDs: hex; parent empty where it has none."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: str
    attributes: dict[str, Any]
    failed: bool


class Collector(TraceServiceServicer):
    """Takes OTLP over gRPC on a free port of this machine."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._spans: list[Recorded] = []
        self._server = grpc.server(ThreadPoolExecutor(2))
        add_TraceServiceServicer_to_server(self, self._server)  # type: ignore[no-untyped-call]
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.settings = {
            "GETME_TRACING": "otlp",
            "GETME_TRACING_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_BSP_SCHEDULE_DELAY": "20",
        }
        self._server.start()

    def Export(  # noqa: N802  # its name in the contract
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        self.sent.append(request.SerializeToString())
        for resource in request.resource_spans:
            service = _values(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self._spans += [_recorded(service, span) for span in scope.spans]
        return ExportTraceServiceResponse()

    def of_trace(self, trace: str, *names: str) -> list[Recorded]:
        """The spans of a trace, once those of these names are among them."""
        assert until(lambda: {*names} <= {span.name for span in self._of(trace)}), self._spans[-9:]
        return self._of(trace)

    def with_attribute(self, key: str, value: Any, *, service: str) -> Recorded:
        """The span of a service that has this attribute, once there is one."""

        def found() -> list[Recorded]:
            spans = list(self._spans)
            return [s for s in spans if s.service == service and s.attributes.get(key) == value]

        assert until(lambda: bool(found())), self._spans[-9:]
        return found()[0]

    def has_none_of(self, trace: str) -> bool:
        """Whether no span of that trace has come so far."""
        return not self._of(trace)

    def _of(self, trace: str) -> list[Recorded]:
        return [span for span in list(self._spans) if span.trace == trace]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.stop(None).wait()


def _recorded(service: str, span: Span) -> Recorded:
    return Recorded(
        service,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        _values(span.attributes),
        span.status.code == Status.STATUS_CODE_ERROR,
    )


def _values(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    return {
        each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in attributes
    }
