"""A bug of ours, over gRPC and REST: the caller learns the request ID and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest

from getme.errors import error_of_call
from getme.v1.user_service_pb2 import (
    GetMeRequest,
    GetMeResponse,
    GetUserRequest,
    GetUserResponse,
)
from getme.v1.user_service_pb2_grpc import (
    UserServiceServicer,
    UserServiceStub,
    add_UserServiceServicer_to_server,
)
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.server import grpc_server
from tests.servers.programs import start_gateway

PRIVATE = "SELECT password FROM host-7"
USER_ID = "00000000-0000-4000-8000-000000000001"


class Faulty(UserServiceServicer):
    def GetUser(  # noqa: N802  # the contract's name
        self, request: GetUserRequest, context: grpc.ServicerContext
    ) -> GetUserResponse:
        raise RuntimeError(PRIVATE)

    def GetMe(  # noqa: N802  # the contract's name
        self, request: GetMeRequest, context: grpc.ServicerContext
    ) -> GetMeResponse:
        raise NotImplementedError


@pytest.fixture
def address() -> Iterator[str]:
    pool = CallPool(2, max_calls=10)
    chain = Chain([ErrorTranslation()], Admission(pool))
    server = grpc_server(pool, chain, share_port=False)
    add_UserServiceServicer_to_server(Faulty(), server)  # type: ignore[abstract]  # in the stubs
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_over_grpc(address: str) -> None:
    with (
        grpc.insecure_channel(address) as channel,
        pytest.raises(grpc.RpcError) as failed,
    ):
        UserServiceStub(channel).GetUser(
            GetUserRequest(user_id=USER_ID), metadata=(("x-request-id", "abc-1"),), timeout=5
        )
    assert failed.value.code() is grpc.StatusCode.INTERNAL
    error = error_of_call(failed.value)
    assert (error.reason, error.request_id) == ("INTERNAL", "abc-1")
    assert PRIVATE not in str(failed.value)


def test_over_rest(address: str, tmp_path: Path) -> None:
    with start_gateway(tmp_path, address) as gateway:
        answer = httpx.get(
            f"http://{gateway.address}/api/v1/users/{USER_ID}",
            headers={"x-request-id": "abc-2"},
            trust_env=False,
        )
    assert answer.status_code == 500
    assert (answer.json()["reason"], answer.json()["request_id"]) == ("INTERNAL", "abc-2")
    assert PRIVATE not in answer.text
