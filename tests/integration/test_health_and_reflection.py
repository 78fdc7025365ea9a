"""grpc.health.v1 and reflection, which probes and tools use without a token."""

from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from tests.integration.conftest import System
from tests.people import ADA
from tests.tokens import bearer, token_for

SERVING = health_pb2.HealthCheckResponse.SERVING
REFLECTION_VERSIONS = ["v1", "v1alpha"]


@pytest.fixture
def channel(system: System) -> Any:
    with grpc.insecure_channel(system.server.address) as channel:
        yield channel


def health(channel: grpc.Channel) -> Any:
    return health_pb2_grpc.HealthStub(channel)  # its stubs are untyped


@pytest.mark.parametrize("service", ["", "getme.v1.UserService", "liveness"])
def test_health_needs_no_token(channel: grpc.Channel, service: str) -> None:
    request = health_pb2.HealthCheckRequest(service=service)
    assert health(channel).Check(request, timeout=5).status == SERVING
    watch = health(channel).Watch(request, timeout=5)
    assert next(watch).status == SERVING
    watch.cancel()


def test_health_of_an_unknown_service_is_not_found(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        health(channel).Check(health_pb2.HealthCheckRequest(service="nothing"), timeout=5)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_watching_streams_hold_no_thread(channel: grpc.Channel, system: System) -> None:
    watches = [
        health(channel).Watch(health_pb2.HealthCheckRequest(), timeout=30) for _ in range(64)
    ]
    assert [next(watch).status for watch in watches] == [SERVING] * 64
    request = health_pb2.HealthCheckRequest()
    assert health(channel).Check(request, timeout=5).status == SERVING
    answer = system.http.get(
        "/api/v1/users/me", headers=dict(bearer(token_for(ADA.user_id))), timeout=5
    )
    assert answer.status_code == 200
    for watch in watches:
        watch.cancel()


def test_watchers_are_told_of_changes_only(channel: grpc.Channel) -> None:
    watch = health(channel).Watch(health_pb2.HealthCheckRequest(), timeout=2.5)
    assert next(watch).status == SERVING
    with pytest.raises(grpc.RpcError) as ended:  # after two more looks at the store
        next(watch)
    assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_method_that_nobody_serves_is_unimplemented(channel: grpc.Channel) -> None:
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes]
    call = channel.unary_unary("/grpc.health.v1.Health/List")
    with pytest.raises(grpc.RpcError) as refused:
        call(b"", timeout=5)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def ask(channel: grpc.Channel, version: str, **request: Any) -> Any:
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    return next(call(iter([reflection_pb2.ServerReflectionRequest(**request)]), timeout=5))


def test_every_listed_service_can_be_described(channel: grpc.Channel) -> None:
    for service in ask(channel, "v1", list_services="").list_services_response.service:
        described = ask(channel, "v1", file_containing_symbol=service.name)
        assert described.file_descriptor_response.file_descriptor_proto, service.name


@pytest.mark.parametrize("version", REFLECTION_VERSIONS)
def test_reflection_lists_the_services(channel: grpc.Channel, version: str) -> None:
    listed = ask(channel, version, list_services="").list_services_response.service
    assert {"getme.v1.UserService", "grpc.health.v1.Health"} <= {one.name for one in listed}


@pytest.mark.parametrize("version", REFLECTION_VERSIONS)
def test_a_tool_without_our_protos_can_call_get_me(channel: grpc.Channel, version: str) -> None:
    """What grpcurl does: descriptors by reflection, then a call with messages made of them."""
    pool = DescriptorPool()
    add_file_and_imports(pool, channel, version, file_containing_symbol="getme.v1.UserService")
    method = pool.FindServiceByName("getme.v1.UserService").FindMethodByName("GetMe")
    call = channel.unary_unary(
        "/getme.v1.UserService/GetMe",
        request_serializer=GetMessageClass(method.input_type).SerializeToString,
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    request = GetMessageClass(method.input_type)()
    answer: Any = call(request, metadata=bearer(token_for(ADA.user_id)), timeout=5)
    assert answer.user.email == ADA.email


def add_file_and_imports(
    pool: DescriptorPool, channel: grpc.Channel, version: str, **request: str
) -> None:
    answer = ask(channel, version, **request).file_descriptor_response
    for content in answer.file_descriptor_proto:
        file = FileDescriptorProto.FromString(content)
        for name in file.dependency:
            if not known(pool, name):
                add_file_and_imports(pool, channel, version, file_by_filename=name)
        if not known(pool, file.name):
            pool.Add(file)


def known(pool: DescriptorPool, name: str) -> bool:
    try:
        pool.FindFileByName(name)
    except KeyError:
        return False
    return True
