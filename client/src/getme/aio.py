"""The client for asyncio: `getme.aio.Client`."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from getme.calls import DEFAULT_TIMEOUT_SECONDS, bearer, get_me_request
from getme.channels import channel_options
from getme.errors import closed_error, error_of_call
from getme.user import PublicUser, User, public_user_of, user_of
from getme.v1.user_service_pb2 import (
    DESCRIPTOR,
    BatchGetUsersRequest,
    BatchGetUsersResponse,
    GetMeResponse,
    GetUserRequest,
    GetUserResponse,
)

_METHODS = DESCRIPTOR.services_by_name["UserService"].methods_by_name
_GET_ME = _METHODS["GetMe"]
_GET_USER = _METHODS["GetUser"]
_BATCH_GET_USERS = _METHODS["BatchGetUsers"]

# The health protocol as bytes: its generated stubs would be one more package for two bytes.
_HEALTH_CHECK = "/grpc.health.v1.Health/Check"
_SERVING = b"\x08\x01"  # HealthCheckResponse { status: SERVING }

Metadata = Sequence[tuple[str, str]]


class Client:
    """Asks a getme server who is calling. To be made and used in one event loop.

    address: `host:port` of the server. timeout_seconds: how long a call may take. channels: how
    many connections to open, used in turn; a server with several workers wants several.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        channels: int = 1,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._closed = False
        self._channels = [
            grpc.aio.insecure_channel(address, options=channel_options(number))
            for number in range(channels)
        ]
        self._next_channel = itertools.cycle(range(channels)).__next__
        self._calls: dict[str, list[grpc.aio.UnaryUnaryMultiCallable[Message, Message]]] = {}

    async def get_me(self, token: str, *, max_staleness: timedelta | None = None) -> User:
        """The user that token was issued to. Raises getme.Error."""
        response = await self.call(_GET_ME, get_me_request(max_staleness), metadata=bearer(token))
        assert isinstance(response, GetMeResponse)  # noqa: S101  # narrows the type
        return user_of(response)

    async def get_user(self, user_id: str) -> PublicUser:
        """What anybody may see of a user. Raises getme.Error."""
        response = await self.call(_GET_USER, GetUserRequest(user_id=user_id))
        assert isinstance(response, GetUserResponse)  # noqa: S101  # narrows the type
        return public_user_of(response.user)

    async def batch_get_users(self, user_ids: Sequence[str]) -> list[PublicUser]:
        """What anybody may see of up to 100 users, in the order asked. Raises getme.Error.

        Users who do not exist are left out.
        """
        response = await self.call(_BATCH_GET_USERS, BatchGetUsersRequest(ids=user_ids))
        assert isinstance(response, BatchGetUsersResponse)  # noqa: S101  # narrows the type
        return [public_user_of(user) for user in response.users]

    async def call(
        self,
        method: MethodDescriptor,
        request: Message,
        *,
        metadata: Metadata = (),
        timeout_seconds: float | None = None,
    ) -> Message:
        """The answer to any unary RPC of the contract.

        metadata: names in lower case and their values, the caller's token among them where the
        RPC needs one. timeout_seconds: None for the client's own. Raises getme.Error. When the
        awaiting task is cancelled, so is the call.
        """
        if self._is_closed():
            raise closed_error()
        calls = self._calls.get(method.full_name) or self._multicallables(method)
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        try:
            return await calls[self._next_channel()](request, metadata=metadata, timeout=timeout)
        except grpc.aio.AioRpcError as failed:
            raise error_of_call(failed) from None
        except asyncio.CancelledError:
            if not self._is_closed() or _is_being_cancelled():
                raise
            raise closed_error() from None

    async def serving(self, *, timeout_seconds: float) -> bool:
        """Whether the server says that it can answer (grpc.health.v1, the server as a whole).

        False as well where it is not reached within timeout_seconds.
        """
        channel = self._channels[self._next_channel()]
        check: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_HEALTH_CHECK)
        try:
            return bool(await check(b"", timeout=timeout_seconds) == _SERVING)
        except grpc.aio.AioRpcError:
            return False

    async def close(self) -> None:
        """Ends the connections; calls under way are cancelled."""
        self._closed = True
        for channel in self._channels:
            await channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _is_closed(self) -> bool:
        return self._closed  # it changes while a call is awaited

    def _multicallables(
        self, method: MethodDescriptor
    ) -> list[grpc.aio.UnaryUnaryMultiCallable[Message, Message]]:
        calls = [
            channel.unary_unary(
                f"/{method.containing_service.full_name}/{method.name}",
                request_serializer=_serialize,
                response_deserializer=GetMessageClass(method.output_type).FromString,
            )
            for channel in self._channels
        ]
        self._calls[method.full_name] = calls
        return calls


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()
