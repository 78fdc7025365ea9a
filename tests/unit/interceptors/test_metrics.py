"""Every call is counted as it starts and as it ends, in whatever thread and process."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from getme.reasons import Reason
from getme.v1.user_service_pb2 import GetUserResponse
from getme_server.accounts.errors import StoreUnavailable
from getme_server.errors import TokenInvalid
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.interceptors.metrics import BUCKETS, CallCollector, CallCounts, CallMetrics
from tests.unit.interceptors.serving import serve

ANSWER = GetUserResponse()


def unary(_request: Any, _context: Any) -> GetUserResponse:
    return ANSWER


def unary_invalid(_request: Any, _context: Any) -> GetUserResponse:
    raise TokenInvalid("x")


def unary_crash(_request: Any, _context: Any) -> GetUserResponse:
    raise RuntimeError


def stream(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield ANSWER


def stream_fails(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield ANSWER
    raise StoreUnavailable("x")


def bidi(requests: Any, _context: Any) -> Iterator[GetUserResponse]:
    for _ in requests:
        yield ANSWER


CODES = {
    "unary": "OK",
    "unary_invalid": "UNAUTHENTICATED",
    "unary_crash": "INTERNAL",
    "stream": "OK",
    "stream_fails": "UNAVAILABLE",
    "bidi": "OK",
}
BEHAVIOURS = {
    behaviour.__name__: behaviour
    for behaviour in (unary, unary_invalid, unary_crash, stream, stream_fails, bidi)
}


@pytest.mark.parametrize(("name", "code"), CODES.items(), ids=CODES)
def test_calls_are_counted_by_method_and_code(name: str, code: str) -> None:
    metrics = CallMetrics()
    method = f"/test.Test/{name}"
    with serve(BEHAVIOURS, [metrics, ErrorTranslation()]) as server:
        for _ in range(3):
            if code == "OK":
                server.call(name)
            else:
                server.refused(name)
        counts = metrics.counted()
    assert counts.started == {method: 3}
    assert counts.handled == {(method, code): 3}
    assert sum(counts.buckets.values()) == 3
    assert counts.seconds[method] > 0


def test_nothing_is_counted_for_a_method_that_does_not_exist() -> None:
    metrics = CallMetrics()
    with serve(BEHAVIOURS, [metrics, ErrorTranslation()]) as server:
        for number in range(10):
            server.refused(f"unary_nowhere_{number}")
    assert metrics.counted() == CallCounts()


def test_calls_of_many_threads_add_up_while_they_are_read() -> None:
    metrics = CallMetrics()
    stopping = threading.Event()

    def scrape() -> None:
        while not stopping.wait(0.001):
            metrics.counted()

    with serve(BEHAVIOURS, [metrics, ErrorTranslation()], threads=8) as server:
        scraper = threading.Thread(target=scrape)
        scraper.start()
        with ThreadPoolExecutor(8) as callers:
            list(callers.map(server.call, ["unary", "stream", "bidi"] * 100))
        stopping.set()
        scraper.join()
    assert metrics.counted().handled == {
        (f"/test.Test/{name}", "OK"): 100 for name in ("unary", "stream", "bidi")
    }


def test_looks_into_memory_are_counted_by_what_they_found() -> None:
    metrics = CallMetrics()
    looks = [True, False, True, True] * 25
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(metrics.looked_up, looks))
    total = CallCounts()
    for _worker in range(2):
        total.add(metrics.counted())
    assert total.looked_up == {True: 150, False: 50}


def counts_of(method: str, number: int, seconds: float, bucket: int) -> CallCounts:
    counts = CallCounts()
    counts.started[method] = number
    counts.handled[method, "OK"] = number
    counts.seconds[method] = seconds  # type: ignore[assignment]  # Counter holds floats too
    counts.buckets[method, bucket] = number
    return counts


def test_figures_of_several_workers_are_added_and_left_alone() -> None:
    first, second = counts_of("/a/B", 2, 0.5, 0), counts_of("/a/B", 3, 0.25, len(BUCKETS))
    other = counts_of("/a/C", 1, 0.125, 1)
    total = CallCounts()
    for counts in (first, second, other):
        total.add(counts)
    assert total.started == {"/a/B": 5, "/a/C": 1}
    assert total.handled == {("/a/B", "OK"): 5, ("/a/C", "OK"): 1}
    assert total.seconds == {"/a/B": 0.75, "/a/C": 0.125}
    assert total.buckets == {("/a/B", 0): 2, ("/a/B", len(BUCKETS)): 3, ("/a/C", 1): 1}
    assert first == counts_of("/a/B", 2, 0.5, 0)


def test_prometheus_reads_the_names_of_the_ecosystem() -> None:
    total = counts_of("/getme.v1.UserService/GetMe", 2, 0.5, 1)
    total.add(counts_of("/getme.v1.UserService/GetMe", 1, 4.0, len(BUCKETS)))
    registry = CollectorRegistry()
    registry.register(CallCollector(lambda: total))
    lines = generate_latest(registry).decode().splitlines()
    labels = 'grpc_method="GetMe",grpc_service="getme.v1.UserService"'
    seconds = "grpc_server_handling_seconds"
    with_code = 'grpc_code="OK",' + labels
    for line in (
        f"grpc_server_started_total{{{labels}}} 3.0",
        f"grpc_server_handled_total{{{with_code}}} 3.0",
        f"{seconds}_count{{{labels}}} 3.0",
        f"{seconds}_sum{{{labels}}} 4.5",
        f'{seconds}_bucket{{{labels.replace(",", ",", 1)},le="0.0001"}} 0.0',
    ):
        assert _unordered(line) in {_unordered(found) for found in lines}
    buckets = [line for line in lines if line.startswith(f"{seconds}_bucket")]
    assert [float(line.rpartition(" ")[2]) for line in buckets] == [0, *[2] * (len(BUCKETS) - 1), 3]


def _unordered(line: str) -> frozenset[str]:
    """A line of the text format without the order of its labels."""
    return frozenset(line.replace("{", ",").replace("}", ",").split(","))


def test_refusals_are_counted_by_reason_and_every_reason_is_shown_from_the_start() -> None:
    metrics = CallMetrics()
    registry = CollectorRegistry()
    registry.register(CallCollector(metrics.counted))

    def shown() -> dict[str, float | None]:
        name = "getme_refusals_total"
        return {reason: registry.get_sample_value(name, {"reason": reason}) for reason in Reason}

    assert shown() == dict.fromkeys(Reason, 0)
    with serve(BEHAVIOURS, [metrics, ErrorTranslation()]) as server:
        for name in ("unary_invalid", "unary_invalid", "unary_crash", "stream_fails", "unary"):
            if CODES[name] == "OK":
                server.call(name)
            else:
                server.refused(name)
        told = shown()
    assert {reason: number for reason, number in told.items() if number} == {
        Reason.TOKEN_INVALID: 2,
        Reason.INTERNAL: 1,
        Reason.STORE_UNAVAILABLE: 1,
    }
