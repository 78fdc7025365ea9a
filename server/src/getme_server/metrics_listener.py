"""Shows the figures of a server to Prometheus over HTTP, on an address of its own."""

import errno
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)

from getme.program.settings import ListenAddress
from getme_server.interceptors.metrics import CallCollector, CallCounts
from getme_server.listening import PortRefused


def show_metrics(address: ListenAddress, read: Callable[[], CallCounts]) -> ListenAddress:
    """Serves metrics in the background; the address with the port it got.

    read: the figures of all workers together. Raises PortRefused.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(CallCollector(read))
    try:
        server, _thread = start_http_server(address.port, address.host, registry)
    except OSError as refused:
        taken = refused.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be listened on ({refused})"
        raise PortRefused(
            f"{address} {reason}; set GETME_METRICS_LISTEN to another address"
        ) from refused
    return address.with_port(server.server_port)
