"""Metrics are shown to few at a time, and who says nothing keeps nobody from them for long."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from structlog.testing import capture_logs

from getme.program.metrics_listener import MetricsListener
from getme.program.settings import ListenAddress
from tests.waiting import until

CONNECTIONS = 3
SECONDS = 15.0


class Faulty(Collector):
    """Raises when it is told to. cause: what."""

    def __init__(self) -> None:
        self.cause: Exception | None = None

    def collect(self) -> Iterator[Metric]:
        if self.cause is not None:
            raise self.cause
        return iter(())


@pytest.fixture
def faulty() -> Faulty:
    return Faulty()


def listener(collector: Collector, patience_seconds: float) -> Iterator[MetricsListener]:
    registry = CollectorRegistry()
    Gauge("answer", "Of everything.", registry=registry).set(42)
    registry.register(collector)
    running = MetricsListener(
        registry,
        ListenAddress("127.0.0.1:0"),
        connections=CONNECTIONS,
        patience_seconds=patience_seconds,
    )
    running.start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def patient(faulty: Faulty) -> Iterator[MetricsListener]:
    yield from listener(faulty, SECONDS)


@pytest.fixture
def hasty(faulty: Faulty) -> Iterator[MetricsListener]:
    yield from listener(faulty, 0.1)


def shows(to: MetricsListener) -> bool:
    with suppress(httpx.TransportError):
        url = f"http://127.0.0.1:{to.server_port}/metrics"
        return "answer 42.0" in httpx.get(url, trust_env=False).text
    return False


def connect(to: MetricsListener, stack: ExitStack) -> socket.socket:
    address = ("127.0.0.1", to.server_port)
    return stack.enter_context(socket.create_connection(address, SECONDS))


def is_closed(connection: socket.socket) -> bool:
    """Waits for it."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_connections_beyond_the_bound_are_closed_at_once_until_there_is_room(
    patient: MetricsListener,
) -> None:
    with ExitStack() as stack:
        idle = [connect(patient, stack) for _ in range(CONNECTIONS)]
        assert all(is_closed(connect(patient, stack)) for _ in range(2 * CONNECTIONS))
        assert not shows(patient)
        idle[0].close()
        assert until(lambda: shows(patient))


def test_idle_ones_are_closed_and_make_room(hasty: MetricsListener) -> None:
    with ExitStack() as stack:
        idle = [connect(hasty, stack) for _ in range(CONNECTIONS)]
        idle[0].sendall(b"GET /metrics HT")
        assert all(is_closed(connection) for connection in idle)
        assert until(lambda: shows(hasty))


def test_many_scrapes_one_after_the_other_find_room(patient: MetricsListener) -> None:
    assert all(until(lambda: shows(patient)) for _ in range(3 * CONNECTIONS))


def test_who_leaves_is_not_logged_and_a_fault_of_ours_is(
    patient: MetricsListener, faulty: Faulty
) -> None:
    with capture_logs() as lines:
        faulty.cause = ConnectionResetError()
        assert not shows(patient)
        faulty.cause = ValueError("of ours")
        assert not shows(patient)
        faulty.cause = None
        assert until(lambda: shows(patient))
    assert [line["event"] for line in lines] == ["bug"]
