"""Three ways to a server: a bare channel, the client library, and the gateway.

Each answers in the outcomes of `kinds`. A bare channel sends nothing twice, and waits for its
server where that is away.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import grpc
import httpx
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import getme
from getme.errors import error_of_call
from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from tests.faults.three_nodes.whole_installation.kinds import (
    BATCH,
    GET_ME,
    GET_USER,
    OK,
    REFUSALS,
    Rpc,
)
from tests.faults.three_nodes.whole_installation.tally import Answer
from tests.tokens import bearer

CALL_SECONDS = 10.0
SERVER, CLIENT, REMEMBERING_CLIENT, GATEWAY = "server", "client", "remembering client", "gateway"
_OPTIONS = [
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]
_SERVICES = {
    name: service
    for file in (user_service_pb2, auth_service_pb2, admin_service_pb2)
    for name, service in file.DESCRIPTOR.services_by_name.items()
}


class Door(Protocol):
    """name: of its kind."""

    name: str

    def call(self, rpc: Rpc, fields: Mapping[str, Any], token: str | None) -> Answer:
        """The answer to a call. fields: of its request. Raises nothing that a server may do."""
        ...

    def close(self) -> None:
        """Ends its connections."""
        ...


class ServerDoor:
    """A channel to one server, and so to one of its workers."""

    name = SERVER

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address, options=_OPTIONS)

    def call(self, rpc: Rpc, fields: Mapping[str, Any], token: str | None) -> Answer:
        method = _SERVICES[rpc.service].methods_by_name[rpc.name]
        call: grpc.UnaryUnaryMultiCallable[Message, Message] = self._channel.unary_unary(
            rpc.path,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        request = GetMessageClass(method.input_type)(**fields)
        metadata = bearer(token) if token else ()
        try:
            answer = call(request, metadata=metadata, timeout=CALL_SECONDS, wait_for_ready=True)
        except grpc.RpcError as failed:
            code, reason = failed.code().name, error_of_call(failed).reason
            is_told_so = reason in REFUSALS and REFUSALS[reason].code == code
            return Answer(reason if is_told_so else f"{code} {reason}")
        return _good(MessageToDict(answer))

    def close(self) -> None:
        self._channel.close()


class ClientDoor:
    """`getme.Client` for both servers, which sends reading calls twice where it has to.

    It knows the calls that a microservice needs. remembers: whether it has a memory.
    """

    def __init__(self, addresses: str, *, remembers: bool) -> None:
        self.name = REMEMBERING_CLIENT if remembers else CLIENT
        self._client = getme.Client(addresses, cache=remembers, timeout_seconds=CALL_SECONDS)

    @property
    def asked(self) -> int:
        """How often it asked a server for GetMe, having no answer in memory."""
        return self._client.memory.misses

    def call(self, rpc: Rpc, fields: Mapping[str, Any], token: str | None) -> Answer:
        try:
            user_id = self._user_of(rpc, fields, token)
        except getme.Error as failed:
            error, reason = type(failed), failed.reason
            is_told_so = reason in REFUSALS and REFUSALS[reason].error is error
            return Answer(reason if is_told_so else f"{error.__name__} {reason}")
        return Answer(OK, user=user_id)

    def _user_of(self, rpc: Rpc, fields: Mapping[str, Any], token: str | None) -> str:
        """Whom the answer tells of, where it tells of one."""
        if rpc is GET_ME:
            return self._client.get_me(token or "").user_id
        if rpc is GET_USER:
            return self._client.get_user(**fields).user_id
        assert rpc is BATCH
        self._client.batch_get_users(fields["ids"])
        return ""

    def close(self) -> None:
        self._client.close()


class GatewayDoor:
    """HTTP, as a browser's program speaks it."""

    name = GATEWAY

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(
            base_url=f"http://{address}", timeout=CALL_SECONDS, trust_env=False
        )

    def call(self, rpc: Rpc, fields: Mapping[str, Any], token: str | None) -> Answer:
        path, is_get = rpc.route.format(**fields), rpc.http_method == "GET"
        try:
            answer = self._http.request(
                rpc.http_method,
                path,
                params={"ids": ",".join(fields["ids"])} if rpc is BATCH else None,
                json=None if is_get else _without_those_in(rpc.route, fields),
                headers=dict(bearer(token)) if token else None,
            )
        except httpx.HTTPError as failed:
            return Answer(type(failed).__name__)
        status, body = answer.status_code, answer.json() if answer.content else {}
        if status == rpc.success:
            return _good(body)._replace(http_status=status)
        reason = body.get("reason", "")
        is_told_so = reason in REFUSALS and REFUSALS[reason].status == status
        return Answer(reason if is_told_so else f"{status} {reason}", status)

    def close(self) -> None:
        self._http.close()


def _good(body: Mapping[str, Any]) -> Answer:
    user = body.get("user", body)
    return Answer(
        OK,
        user=user.get("userId", ""),
        token=body.get("token", ""),
        refresh_token=body.get("refresh_token", ""),
    )


def _without_those_in(route: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if f"{{{name}}}" not in route}
