"""A span for each request to the store that a traced call makes.

With the semantic conventions of databases (https://opentelemetry.io/docs/specs/semconv/db/): what
is done to which table, never the statement or a value. Imported only where tracing is on.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, Tracer, get_current_span

from getme.program.tracing import has_failed
from getme_server.stores.operation import Operation, operation_of


class StoreSpans:
    """Watches a store (`stores.observer`). system: its name in the conventions."""

    def __init__(self, tracer: Tracer, system: str) -> None:
        self._tracer = tracer
        self._system = system

    @contextmanager
    def asking(self, statement: str, *, times: int = 1) -> Iterator[None]:
        """A child of the call's span; nothing where none is recorded, as in the background."""
        call = get_current_span()
        if not call.is_recording():
            yield
            return
        operation = operation_of(statement)
        # Not made current: of two that are asked at once neither is the other's child.
        span = self._tracer.start_span(
            str(operation),
            kind=SpanKind.CLIENT,
            attributes=self._attributes(operation, times),
        )
        try:
            yield
        except BaseException as error:
            has_failed(span, type(error).__name__)
            raise
        finally:
            span.end()

    def _attributes(self, operation: Operation, times: int) -> Mapping[str, str | int]:
        attributes: dict[str, str | int] = {
            "db.system.name": self._system,
            "db.operation.name": operation.verb,
            "db.query.summary": str(operation),
        }
        if operation.table:
            attributes["db.collection.name"] = operation.table
        if times > 1:
            attributes["db.operation.batch.size"] = times
        return attributes
