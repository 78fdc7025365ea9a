"""Ways to a server for those who ask and those who change: each client, gateway and bare channel.

Each answers in the texts of `history`, and tells a change that was refused from one that was not
answered, after which nobody knows whether it happened.
"""

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import grpc
import httpx
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import getme
from getme.errors import error_of_call
from getme.v1 import admin_service_pb2, user_service_pb2
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.faults.freshness.history import UNANSWERED, named
from tests.faults.freshness.orders import (
    CHANGE_PASSWORD,
    DELETE_ME,
    LOGOUT,
    REVOKE_ALL,
    SET_STATUS,
    UPDATE_ME,
    Order,
)
from tests.integration.rest_accounts import rest_people
from tests.servers.programs import run_command
from tests.tokens import bearer

CALL_SECONDS = 3.0
AIO_START_SECONDS = 10.0
STUB_CHANNELS = 4
_STUB_OPTIONS = [
    ("grpc.enable_retries", 0),  # a call sent again would be one that the scene did not make
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]
_T = TypeVar("_T")


OWN_CHANGES = frozenset(method.name for method in (UPDATE_ME, CHANGE_PASSWORD, DELETE_ME, LOGOUT))
ALL_CHANGES = OWN_CHANGES | {method.name for method in (SET_STATUS, REVOKE_ALL)}

_REST = {
    UPDATE_ME.name: ("PUT", rest_people.ME),
    CHANGE_PASSWORD.name: ("POST", rest_people.CHANGE_PASSWORD),
    DELETE_ME.name: ("DELETE", rest_people.ME),
    LOGOUT.name: ("POST", rest_people.LOGOUT),
}


class NoAnswer(Exception):
    """Nobody knows whether it was done."""


class Denied(Exception):
    """It was refused, which no order of a scene should be."""


@runtime_checkable
class Asking(Protocol):
    """Somebody who asks who a token's user is. name: in the records."""

    name: str

    def get_me(self, token: str) -> str:
        """The answer as a text; never raises."""
        ...

    def close(self) -> None:
        """Asks no more."""
        ...


class Changing(Protocol):
    """Somebody who can change users. changes: the names of the methods."""

    name: str
    changes: frozenset[str]

    def carry_out(self, order: Order) -> None:
        """Returns once it is acknowledged. Raises NoAnswer, Denied."""
        ...


class Stub:
    """Several channels in turn, so that each worker of a server has some; they remember nothing."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.changes = ALL_CHANGES
        self._channels = [
            grpc.insecure_channel(address, options=_STUB_OPTIONS) for _ in range(STUB_CHANNELS)
        ]
        self._next = itertools.cycle(self._channels).__next__

    def get_me(self, token: str) -> str:
        users, request = UserServiceStub(self._next()), user_service_pb2.GetMeRequest()
        try:
            answer = users.GetMe(request, metadata=bearer(token), timeout=CALL_SECONDS)
        except grpc.RpcError as failed:
            return error_of_call(failed).reason
        return named(answer.user.firstname)

    def carry_out(self, order: Order) -> None:
        self.answer(order)

    def answer(self, order: Order) -> Message:
        """What the server answers to an order. Raises NoAnswer, Denied."""
        method = order.method
        call: grpc.UnaryUnaryMultiCallable[Message, Message] = self._next().unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        metadata = bearer(order.token) if order.token else ()
        try:
            return call(order.request, metadata=metadata, timeout=CALL_SECONDS)
        except grpc.RpcError as failed:
            raise _exception(error_of_call(failed).reason, method) from None

    def close(self) -> None:
        for channel in self._channels:
            channel.close()


class SyncClient:
    """`getme.Client`, which remembers."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self._client = getme.Client(address, cache=True, timeout_seconds=CALL_SECONDS)

    def get_me(self, token: str) -> str:
        try:
            return named(self._client.get_me(token).firstname)
        except getme.Error as failed:
            return failed.reason

    @property
    def hits(self) -> int:
        """How many answers came from its memory."""
        return self._client.memory.hits

    def close(self) -> None:
        self._client.close()


class AioClient:
    """`getme.aio.Client`, which remembers, in a loop in a thread of its own."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.changes = OWN_CHANGES
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name)
        self._thread.start()
        self._client = self._do(self._open(address))

    async def _open(self, address: str) -> getme.aio.Client:
        return getme.aio.Client(address, cache=True, timeout_seconds=CALL_SECONDS)

    def get_me(self, token: str) -> str:
        return self._do(self._get_me(token))

    async def _get_me(self, token: str) -> str:
        try:
            return named((await self._client.get_me(token)).firstname)
        except getme.Error as failed:
            return failed.reason

    def carry_out(self, order: Order) -> None:
        self._do(self._carry_out(order))

    async def _carry_out(self, order: Order) -> None:
        assert order.token
        try:
            await self._client.call(order.method, order.request, metadata=bearer(order.token))
        except getme.Error as failed:
            raise _exception(failed.reason, order.method) from None

    @property
    def hits(self) -> int:
        """How many answers came from its memory."""
        return self._client.memory.hits

    def close(self) -> None:
        self._do(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(AIO_START_SECONDS)


class Gateway:
    """REST through a gateway. address: `host:port`."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.changes = OWN_CHANGES
        # Longer than the gateway itself waits for the server, so that it is the one to say so.
        self._http = httpx.Client(
            base_url=f"http://{address}", trust_env=False, timeout=2 * CALL_SECONDS
        )

    def get_me(self, token: str) -> str:
        try:
            answer = self._ask("GET", rest_people.ME, token)
        except httpx.HTTPError:
            return "CONNECTION"
        if answer.is_success:
            return named(answer.json()["firstname"])
        return str(answer.json()["reason"])

    def carry_out(self, order: Order) -> None:
        assert order.token
        verb, path = _REST[order.method.name]
        body = MessageToDict(order.request, preserving_proto_field_name=True)
        try:
            answer = self._ask(verb, path, order.token, json=body)
        except httpx.HTTPError:
            raise NoAnswer(f"{order.method.name} CONNECTION") from None
        if not answer.is_success:
            raise _exception(answer.json()["reason"], order.method)

    def close(self) -> None:
        self._http.close()

    def _ask(self, verb: str, path: str, token: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self._http.request(verb, path, headers=headers, **more)


class CommandLine:
    """`getme-server user` as an operator types it. settings: those of a server."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        self.name = "command line"
        self.changes = frozenset({SET_STATUS.name})
        self._directory = directory
        self._settings = settings

    def carry_out(self, order: Order) -> None:
        request = order.request
        assert isinstance(request, admin_service_pb2.SetAccountStatusRequest)
        command = ["getme-server", "user", "set-status", request.user_id, request.account_status]
        done = run_command(command, self._directory, self._settings)
        if done.returncode:
            raise NoAnswer(done.stderr)


def _exception(reason: str, method: MethodDescriptor) -> Exception:
    return (NoAnswer if reason in UNANSWERED else Denied)(f"{method.name} {reason}")
