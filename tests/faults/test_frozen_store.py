"""A store that is frozen: connections are open, and nothing answers."""

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import grpc
import httpx
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme.errors import error_of_call
from getme.v1.user_service_pb2 import GetMeRequest, GetMeResponse
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.people import ADA
from tests.scraping import samples
from tests.servers.cassandra import CassandraNode
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

THREADS = 4
MAX_CALLS = 12
STORE_TIMEOUT_SECONDS = 2.0
SLACK_SECONDS = 0.5
AT_ONCE_SECONDS = 0.1
BACK_SECONDS = 2.0
Freeze = Callable[[], None]
METADATA = bearer(token_for(ADA.user_id))


@pytest.fixture(scope="module")
def server(node_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = {
        "GETME_STORE": node_store,
        "GETME_THREADS": str(THREADS),
        "GETME_MAX_CALLS": str(MAX_CALLS),
        "GETME_CACHE_TTL": "0",
    }
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


def health_of(channel: grpc.Channel) -> Any:
    return health_pb2_grpc.HealthStub(channel)  # its stubs are untyped


def answers(users: UserServiceStub) -> bool:
    try:
        users.GetMe(GetMeRequest(), metadata=METADATA, timeout=5)
    except grpc.RpcError:
        return False
    return True


@pytest.fixture(autouse=True)
def answering(users: UserServiceStub) -> None:
    """Each test begins with a server that has recovered from the one before."""
    assert until(lambda: answers(users), 30)


@pytest.mark.usefixtures("frozen")
def test_get_me_is_unavailable_in_time_with_retry_info(users: UserServiceStub) -> None:
    begun = time.monotonic()
    with pytest.raises(grpc.RpcError) as refused:
        users.GetMe(GetMeRequest(), metadata=METADATA, timeout=10)
    assert time.monotonic() - begun < STORE_TIMEOUT_SECONDS + SLACK_SECONDS
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    error = error_of_call(refused.value)
    assert error.reason == "STORE_UNAVAILABLE"
    assert error.retry_after_seconds
    assert "Cassandra" not in error.message


@pytest.mark.usefixtures("frozen")
def test_rest_says_the_same_with_retry_after(
    server: Program, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with start_gateway(tmp_path_factory.mktemp("gateway"), server.address) as gateway:
        answer = httpx.get(
            f"http://{gateway.address}/api/v1/users/me",
            headers=dict(METADATA),
            timeout=10,
            trust_env=False,
        )
        assert (answer.status_code, answer.json()["reason"]) == (503, "STORE_UNAVAILABLE")
        assert int(answer.headers["retry-after"]) >= 1

        def ready() -> int:
            url = f"http://{gateway.address}/readyz"
            return httpx.get(url, timeout=10, trust_env=False).status_code

        assert until(lambda: ready() == 503, 5)
        url = f"http://{gateway.address}/healthz"
        assert httpx.get(url, timeout=10, trust_env=False).status_code == 200


def test_a_browser_that_leaves_ends_the_call_behind_it(
    freeze: Freeze, server: Program, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with start_gateway(tmp_path_factory.mktemp("gateway"), server.address) as gateway:
        freeze()
        host, _, port = gateway.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as browser:
            authorization = dict(METADATA)["authorization"]
            browser.sendall(
                "GET /api/v1/users/me HTTP/1.1\r\nHost: getme\r\n"
                f"Authorization: {authorization}\r\n\r\n".encode()
            )
            assert until(lambda: calls_under_way(server) == 1, 1)
        begun = time.monotonic()
        assert until(lambda: calls_under_way(server) == 0, 1)
        assert time.monotonic() - begun < STORE_TIMEOUT_SECONDS / 2


@pytest.mark.usefixtures("frozen")
def test_a_callers_deadline_frees_the_thread(users: UserServiceStub, server: Program) -> None:
    begun = time.monotonic()
    for _ in range(3 * THREADS):
        with pytest.raises(grpc.RpcError) as refused:
            users.GetMe(GetMeRequest(), metadata=METADATA, timeout=0.05)
        # The later ones may be told that the store is away.
        assert refused.value.code() in {
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.UNAVAILABLE,
        }
    # Threads held for the store's two seconds would make the later calls wait for the earlier.
    assert time.monotonic() - begun < STORE_TIMEOUT_SECONDS
    assert until(lambda: calls_under_way(server) == 0, 1)


@pytest.mark.usefixtures("frozen")
def test_a_cancelled_call_frees_its_thread_at_once(users: UserServiceStub, server: Program) -> None:
    calls = [
        users.GetMe.future(GetMeRequest(), metadata=METADATA, timeout=30) for _ in range(THREADS)
    ]
    assert until(lambda: calls_under_way(server) == THREADS, 1)
    begun = time.monotonic()
    for call in calls:
        call.cancel()
    assert until(lambda: calls_under_way(server) == 0, 1)
    assert time.monotonic() - begun < 1


def test_once_the_server_knows_callers_are_told_at_once_until_the_store_is_back(
    freeze: Freeze, users: UserServiceStub, node: CassandraNode
) -> None:
    def seconds_until_refused() -> float:
        begun = time.monotonic()
        with pytest.raises(grpc.RpcError) as refused:
            users.GetMe(GetMeRequest(), metadata=METADATA, timeout=10)
        error = error_of_call(refused.value)
        assert (error.reason, bool(error.retry_after_seconds)) == ("STORE_UNAVAILABLE", True)
        return time.monotonic() - begun

    freeze()
    assert seconds_until_refused() < STORE_TIMEOUT_SECONDS + SLACK_SECONDS
    assert until(lambda: seconds_until_refused() < AT_ONCE_SECONDS, 1)
    assert max(seconds_until_refused() for _ in range(50)) < SLACK_SECONDS
    os.kill(node.process.pid, signal.SIGCONT)
    assert until(lambda: answers(users), BACK_SECONDS)


def test_over_the_limit_calls_are_refused_at_once_and_health_answers(
    freeze: Freeze,
    users: UserServiceStub,
    channel: grpc.Channel,
    server: Program,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    refused: list[grpc.RpcError] = []

    def hold() -> "list[grpc.Future[GetMeResponse]]":
        return [
            users.GetMe.future(GetMeRequest(), metadata=METADATA, timeout=30)
            for _ in range(MAX_CALLS)
        ]

    def refuses() -> bool:
        begun = time.monotonic()
        try:
            users.GetMe(GetMeRequest(), metadata=METADATA, timeout=0.5)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                assert time.monotonic() - begun < SLACK_SECONDS
                refused.append(error)
        return bool(refused)

    with start_gateway(tmp_path_factory.mktemp("gateway"), server.address) as gateway:
        freeze()
        calls = hold()
        assert until(refuses, 1)
        url = f"http://{gateway.address}/api/v1/users/me"

        def refused_over_rest() -> bool:
            answer = httpx.get(url, headers=dict(METADATA), timeout=10, trust_env=False)
            return answer.json()["reason"] == "OVERLOADED" and answer.status_code == 503

        assert until(refused_over_rest, 1)
        begun = time.monotonic()
        health_of(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
        assert time.monotonic() - begun < SLACK_SECONDS
    error = error_of_call(refused[0])
    assert error.reason == "OVERLOADED"
    assert error.retry_after_seconds
    for call in calls:
        call.cancel()


def test_health_follows_the_store(channel: grpc.Channel, node: CassandraNode) -> None:
    serving = health_pb2.HealthCheckResponse.SERVING
    watch = health_of(channel).Watch(
        health_pb2.HealthCheckRequest(service="getme.v1.UserService"), timeout=60
    )
    states = (answer.status == serving for answer in watch)
    assert next(states) or next(states)
    os.kill(node.process.pid, signal.SIGSTOP)
    try:
        assert next(states) is False
    finally:
        os.kill(node.process.pid, signal.SIGCONT)
    assert next(states) is True
    watch.cancel()


def test_a_thousand_cancelled_calls_leave_nothing_behind(
    users: UserServiceStub, server: Program
) -> None:
    process = psutil.Process(server.process.pid)
    threads, files = process.num_threads(), process.num_fds()

    def cancel_one(_number: int) -> None:
        call = users.GetMe.future(GetMeRequest(), metadata=METADATA, timeout=30)
        call.cancel()

    with ThreadPoolExecutor(8) as pool:
        wait([pool.submit(cancel_one, number) for number in range(1_000)])
    assert until(lambda: calls_under_way(server) == 0, 5)
    assert answers(users)
    assert process.num_threads() <= threads + THREADS
    assert process.num_fds() <= files + 2


def calls_under_way(server: Program) -> int:
    """Calls of GetMe begun and not ended, as the server's own metrics tell."""
    figures: Counter[str] = Counter()
    for sample in samples(server):
        if sample.labels.get("grpc_method") == "GetMe":
            figures[sample.name] += int(sample.value)
    return figures["grpc_server_started_total"] - figures["grpc_server_handled_total"]
