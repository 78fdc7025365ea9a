"""All nodes are lost and come back: callers are told at once, and are answered again at once."""

import time
from functools import partial
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme.errors import error_of_call
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.faults.three_nodes.callers import Callers, Phase
from tests.faults.three_nodes.footprint import SLACK, footprint, settled
from tests.faults.three_nodes.keyspace import USERS_TABLE
from tests.faults.three_nodes.lengths import Lengths
from tests.faults.three_nodes.promise import assert_unnoticed
from tests.people import ADA
from tests.servers.cassandra_cluster import CassandraCluster
from tests.servers.programs import Program, start_gateway
from tests.tokens import bearer, token_for
from tests.waiting import until

ALL = (0, 1, 2)
WORKERS = 2
FIRST_REFUSAL_SECONDS = 2.5  # the store's two seconds, and what a busy machine adds
LATER_REFUSAL_SECONDS = 0.1
RETURN_SECONDS = 5.0
UNAVAILABLE = {"UNAVAILABLE STORE_UNAVAILABLE"}


def test_a_lost_cluster_is_told_at_once_and_its_return_is_noticed(
    whole_cluster: CassandraCluster,
    server: Program,
    callers: Callers,
    lengths: Lengths,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    calm = callers.steady("calm", lengths.calm)
    before = footprint(server)
    feeds_back = lines_with(server, "changes_known") + WORKERS
    with start_gateway(tmp_path_factory.mktemp("gateway"), server.address) as gateway:
        assert until(lambda: (alive(gateway), ready(gateway)) == (200, 200), RETURN_SECONDS)
        with callers.phase("all nodes are killed") as lost:
            whole_cluster.kill(*ALL)
            gone = time.monotonic()
            callers.call_on(lengths.stopped)
            assert not any(health_of_workers(callers))
            assert (alive(gateway), ready(gateway)) == (200, 503)
            assert retry_after(callers) > 0
        with callers.phase("the first comes back"):  # one of three copies is no quorum
            whole_cluster.start(0)
            assert not any(health_of_workers(callers))
            alone = time.monotonic()
        with callers.phase("the second comes back"):
            whole_cluster.start(1)
            second = time.monotonic()
            answered = callers.first_answer(after=alone, until=second + RETURN_SECONDS)
            assert answered, "no good answer, though two nodes of three are back"
            assert until(lambda: all(health_of_workers(callers)), RETURN_SECONDS)
            assert until(lambda: ready(gateway) == 200, RETURN_SECONDS)
            known = partial(lines_with, server, "changes_known")
            assert until(lambda: known() == feeds_back, RETURN_SECONDS)
    whole_cluster.start(2)
    whole_cluster.wait_until_agreed(USERS_TABLE)
    assert_unnoticed(calm, callers.steady("calm again", lengths.calm))
    assert_told_at_once(lost, gone)
    assert settled(server, before).within(before, SLACK)


def assert_told_at_once(lost: Phase, gone: float) -> None:
    """All calls after a moment were refused, the late ones without any wait."""
    refused = lost.begun_after(gone)
    assert {call.outcome for call in refused} == UNAVAILABLE
    assert lost.slowest < FIRST_REFUSAL_SECONDS
    late = sorted(call.seconds for call in refused if call.began > gone + FIRST_REFUSAL_SECONDS)
    assert late[len(late) * 99 // 100] < LATER_REFUSAL_SECONDS


def lines_with(server: Program, event: str) -> int:
    return sum(f'"{event}"' in line for line in list(server.lines))


def health_of_workers(callers: Callers) -> list[bool]:
    """Whether the server says that it is serving, on each connection, so by each worker."""
    serving = health_pb2.HealthCheckResponse.SERVING
    request = health_pb2.HealthCheckRequest(service="getme.v1.UserService")
    stubs: list[Any] = [health_pb2_grpc.HealthStub(channel) for channel in callers.channels]
    return [stub.Check(request, timeout=2).status == serving for stub in stubs]  # untyped


def retry_after(callers: Callers) -> float:
    """Seconds after which a refused caller is asked to come again."""
    users = UserServiceStub(callers.channels[0])
    with pytest.raises(grpc.RpcError) as refused:
        users.GetMe(GetMeRequest(), metadata=bearer(token_for(ADA.user_id)), timeout=5)
    return error_of_call(refused.value).retry_after_seconds or 0


def alive(gateway: Program) -> int:
    return httpx.get(f"http://{gateway.address}/healthz", timeout=5, trust_env=False).status_code


def ready(gateway: Program) -> int:
    return httpx.get(f"http://{gateway.address}/readyz", timeout=5, trust_env=False).status_code
