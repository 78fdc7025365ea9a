"""Health is answered and told whatever watchers do."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import grpc
import pytest
from grpc_health.v1 import health_pb2

from bench.http2_frames import DATA, WINDOW_UPDATE, frame
from getme.errors import error_of_call
from getme_server.servicers import streams
from getme_server.servicers.health import LIVENESS
from tests.faults.odd_conditions.raw_client import OPENING_OF_ONE_WHO_READS_NOTHING, RawClient
from tests.unit.servicers.health_in_test import SECONDS, SERVICE, Probed, probed
from tests.waiting import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
RESTLESS = 8  # who watch and go again at once, all the while
CHECKS = 300
UNREADING = 64
WATCH = "/grpc.health.v1.Health/Watch"
MESSAGE_BYTES = 7  # five before each message (gRPC over HTTP/2), and a status


@pytest.fixture
def server() -> Iterator[Probed]:
    with probed() as server:
        yield server


@pytest.mark.parametrize("service", ["", SERVICE])
def test_check_and_watch_tell_whether_the_server_can_answer(server: Probed, service: str) -> None:
    watch = server.watch(service)
    assert (server.check(service), next(watch).status) == (SERVING, SERVING)
    server.store_is_away()
    assert (server.check(service), next(watch).status) == (NOT_SERVING, NOT_SERVING)
    server.store_is_back()
    assert (server.check(service), next(watch).status) == (SERVING, SERVING)


def test_the_server_lives_whether_or_not_it_can_answer(server: Probed) -> None:
    watch = server.watch(LIVENESS)
    assert next(watch).status == SERVING
    server.store_is_away()
    assert (server.check(), server.check(LIVENESS)) == (NOT_SERVING, SERVING)
    server.health.drain()
    assert (server.check(), server.check(LIVENESS)) == (NOT_SERVING, SERVING)
    server.health.end()
    with pytest.raises(grpc.RpcError):  # which had been told nothing else
        next(watch)


def test_an_unknown_service_is_not_found_and_watched_as_unknown(server: Probed) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        server.check("nothing")
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    watch = server.watch("nothing")
    assert next(watch).status == SERVICE_UNKNOWN
    server.store_is_away()
    assert watch.is_active()


def test_a_drain_is_told_once_and_is_for_good(server: Probed) -> None:
    watch = server.watch()
    assert next(watch).status == SERVING
    server.health.drain()
    server.store_is_back()
    assert server.check() == NOT_SERVING
    server.health.end()
    assert [told.status for told in until_its_end(watch)] == [NOT_SERVING]
    for ended in (watch, server.watch()):
        assert list(until_its_end(ended)) == []
        assert ended.code() is grpc.StatusCode.UNAVAILABLE
        assert ended.details() == "the server stops"


def until_its_end(
    watch: Iterator[health_pb2.HealthCheckResponse],
) -> Iterator[health_pb2.HealthCheckResponse]:
    """What is told before a stream ends."""
    try:
        yield from watch
    except grpc.RpcError:
        return


def test_more_watches_than_are_served_are_refused(
    server: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_STREAMS", 2)
    watches = [server.watch() for _ in range(2)]
    for watch in watches:
        next(watch)
    with pytest.raises(grpc.RpcError) as refused:
        next(server.watch())
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert error_of_call(refused.value).reason == "OVERLOADED"
    assert server.check() == SERVING
    watches[0].cancel()

    def is_let_in() -> bool:
        return any(True for _ in until_its_end(server.watch()))

    assert until(is_let_in)


def test_checks_are_answered_while_watches_come_and_go_and_the_status_changes(
    server: Probed,
) -> None:
    leaving = threading.Event()

    def come_and_go() -> int:
        seen = 0
        while not leaving.is_set():
            watch = server.watch()
            next(watch)
            watch.cancel()
            seen += 1
        return seen

    def change() -> None:
        while not leaving.wait(0.001):
            server.store_is_away()
            server.store_is_back()

    with ThreadPoolExecutor(RESTLESS + 1) as pool:
        restless = [pool.submit(come_and_go) for _ in range(RESTLESS)]
        changing = pool.submit(change)
        try:
            for _ in range(CHECKS):
                server.check()
        finally:
            leaving.set()
        assert all(one.result(SECONDS) for one in restless)
        changing.result(SECONDS)
    last = server.watch()
    assert next(last).status == SERVING
    server.store_is_away()
    assert next(last).status == NOT_SERVING


def test_who_reads_nothing_is_in_nobodys_way(server: Probed) -> None:
    with closing(RawClient(server.address, OPENING_OF_ONE_WHO_READS_NOTHING)) as unreading:
        unreading.begin(WATCH, UNREADING)
        watch = server.watch()
        assert next(watch).status == SERVING
        server.store_is_away()
        assert (server.check(), next(watch).status) == (NOT_SERVING, NOT_SERVING)
        server.store_is_back()
        assert (server.check(), next(watch).status) == (SERVING, SERVING)
        server.health.drain()
        assert (server.check(), next(watch).status) == (NOT_SERVING, NOT_SERVING)
        server.health.end()
        assert list(until_its_end(watch)) == []
        assert watch.code() is grpc.StatusCode.UNAVAILABLE


def test_who_reads_late_is_told_how_it_is_then(
    server: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CUT_OFF_SECONDS", SECONDS)
    with closing(RawClient(server.address, OPENING_OF_ONE_WHO_READS_NOTHING)) as late:
        late.begin(WATCH, 1)
        server.store_is_away()
        server.store_is_back()
        server.store_is_away()
        late.send([frame(WINDOW_UPDATE, 0, 1, (2 * MESSAGE_BYTES).to_bytes(4))])
        told = b""
        for kind, _, payload in late.received(SECONDS):
            told += payload if kind == DATA else b""
            if len(told) == 2 * MESSAGE_BYTES:
                break
    assert list(told[MESSAGE_BYTES - 1 :: MESSAGE_BYTES]) == [SERVING, NOT_SERVING]
