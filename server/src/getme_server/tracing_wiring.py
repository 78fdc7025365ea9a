"""Constructs what records traces, where the settings turn it on; else nothing is imported."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from grpc_interceptor import ServerInterceptor

from getme.program.tracing_settings import OFF
from getme_server.settings import ServerSettings
from getme_server.stores.location import CassandraLocation, read_location
from getme_server.stores.observer import Observer


class TracingParts(NamedTuple):
    """What of tracing has its place elsewhere. close: sends the last spans."""

    interceptors: Sequence[ServerInterceptor]
    store: Observer | None
    close: Callable[[], None]


def tracing_parts(settings: ServerSettings) -> TracingParts:
    """All that is needed, which is nothing where tracing is off."""
    if settings.tracing == OFF:
        return TracingParts((), None, _nothing)
    from getme.program.tracing import Tracing  # noqa: PLC0415
    from getme_server.interceptors.tracing import CallSpans  # noqa: PLC0415
    from getme_server.store_spans import StoreSpans  # noqa: PLC0415

    tracing = Tracing(
        "getme-server", endpoint=settings.tracing_endpoint, ratio=settings.tracing_ratio
    )
    on_cassandra = isinstance(read_location(settings.store), CassandraLocation)
    spans = StoreSpans(tracing.tracer, "cassandra" if on_cassandra else "sqlite")
    return TracingParts((CallSpans(tracing),), spans, tracing.close)


def _nothing() -> None:
    """Nothing is to be sent."""
