"""The end of a server: who is told what, which calls are still answered, and how long it takes."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme.v1.user_service_pb2 import (
    GetMeRequest,
    UpdateMeRequest,
    UpdateMeResponse,
    WatchInvalidationsRequest,
)
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.integration.held_up import accepts, locked, under_way
from tests.people import ADA
from tests.servers.programs import STOP_SECONDS, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

METADATA = bearer(token_for(ADA.user_id))
WORKERS = ["1", "2"]
NO_RETRIES = [("grpc.enable_retries", 0)]
OWN_CONNECTION = ("grpc.use_local_subchannel_pool", 1)
DELAY_SECONDS = 3.0
GRACE_SECONDS = 1.0
MARGIN_SECONDS = 1.5  # the end of the processes, on a busy machine
LONG = "60s"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def get_me(channel: grpc.Channel) -> None:
    UserServiceStub(channel).GetMe(GetMeRequest(), metadata=METADATA, timeout=5)


@pytest.mark.parametrize("workers", WORKERS)
def test_probes_and_watchers_are_told_first_and_calls_are_answered_for_the_delay(
    tmp_path: Path, people_database: str, workers: str
) -> None:
    settings = {
        "GETME_STORE": people_database,
        "GETME_WORKERS": workers,
        "GETME_DRAIN_DELAY": f"{DELAY_SECONDS:.0f}s",
    }
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address, options=NO_RETRIES) as channel,
    ):
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(watch).status == SERVING
        invalidations = UserServiceStub(channel).WatchInvalidations(WatchInvalidationsRequest())
        next(invalidations)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert next(watch).status == NOT_SERVING
        assert until(lambda: drained(invalidations))
        assert invalidations.details() == "the server stops"
        get_me(channel)
        assert time.monotonic() - begun < DELAY_SECONDS  # else that was not tried
        with pytest.raises(grpc.RpcError) as ended:
            next(watch)
        assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
        assert ended.value.details() == "the server stops"
        assert time.monotonic() - begun >= DELAY_SECONDS
        assert server.process.wait(STOP_SECONDS) == 0


def drained(stream: Any) -> bool:
    """Reads what is left of a stream."""
    try:
        next(stream)
    except grpc.RpcError:
        return True
    return False


def test_a_call_under_way_is_answered_and_a_new_one_refused(
    tmp_path: Path, people_database: str
) -> None:
    settings = {
        "GETME_STORE": people_database,
        "GETME_STORE_TIMEOUT": LONG,
        "GETME_GRACE": "30s",
    }
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address, options=NO_RETRIES) as channel,
        grpc.insecure_channel(server.address, options=[*NO_RETRIES, OWN_CONNECTION]) as another,
        ThreadPoolExecutor(1) as pool,
    ):
        with locked(people_database):
            writing = pool.submit(rename, channel)
            assert until(lambda: under_way(server))
            server.process.send_signal(signal.SIGTERM)
            assert until(lambda: not accepts(server))
            for each in (channel, another):  # clients send such a call to another server
                with pytest.raises(grpc.RpcError) as refused:
                    get_me(each)
                assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            assert not writing.done()
        assert writing.result(STOP_SECONDS).user.firstname == "Augusta"
        assert server.process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize("workers", WORKERS)
def test_a_thread_that_is_stuck_holds_up_no_end(
    tmp_path: Path, people_database: str, workers: str
) -> None:
    settings = {
        "GETME_STORE": people_database,
        "GETME_STORE_TIMEOUT": LONG,
        "GETME_GRACE": f"{GRACE_SECONDS:.0f}s",
        "GETME_WORKERS": workers,
    }
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(1) as pool,
        locked(people_database),
    ):
        writing = pool.submit(rename, channel)
        assert until(lambda: under_way(server))
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(STOP_SECONDS) == 0
        assert GRACE_SECONDS <= time.monotonic() - begun < GRACE_SECONDS + MARGIN_SECONDS
        with pytest.raises(grpc.RpcError):
            writing.result(STOP_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
@pytest.mark.parametrize("workers", WORKERS)
def test_a_second_signal_ends_all_at_once(
    tmp_path: Path, people_database: str, workers: str, number: signal.Signals
) -> None:
    settings = {
        "GETME_STORE": people_database,
        "GETME_WORKERS": workers,
        "GETME_DRAIN_DELAY": LONG,
    }
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(watch).status == SERVING
        children = psutil.Process(server.process.pid).children()
        server.process.send_signal(number)
        assert next(watch).status == NOT_SERVING
        server.process.send_signal(number)
        assert server.process.wait(STOP_SECONDS) == 128 + number
        _, alive = psutil.wait_procs(children, timeout=STOP_SECONDS)
        assert alive == []


def rename(channel: grpc.Channel) -> UpdateMeResponse:
    request = UpdateMeRequest(firstname="Augusta")
    return UserServiceStub(channel).UpdateMe(request, metadata=METADATA, timeout=60)
