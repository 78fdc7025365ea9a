"""The client for asyncio: `getme.aio.Client`."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from getme.aio_watcher import Watcher, is_being_cancelled
from getme.calls import (
    DEFAULT_TIMEOUT_SECONDS,
    Metadata,
    bearer,
    get_me_request,
    is_write,
    shorter,
    token_in,
)
from getme.channels import channel_options
from getme.clock import now
from getme.current_trace import with_current_span
from getme.errors import Error, closed_error, error_of_call
from getme.feed import Feed
from getme.forking import use_grpc
from getme.health_check import HEALTH_CHECK, SERVING, WHOLE_SERVER
from getme.remembered import DEFAULT_CACHE_BYTES, Memory, Remembered
from getme.subject import user_changed_by, user_told_in
from getme.targets import Servers, read_servers
from getme.tls import Credentials, Tls
from getme.user import PublicUser, User, public_user_of
from getme.v1.user_service_pb2 import (
    DESCRIPTOR,
    BatchGetUsersRequest,
    BatchGetUsersResponse,
    GetMeRequest,
    GetMeResponse,
    GetUserRequest,
    GetUserResponse,
)

_METHODS = DESCRIPTOR.services_by_name["UserService"].methods_by_name
_GET_ME = _METHODS["GetMe"]
_GET_USER = _METHODS["GetUser"]
_BATCH_GET_USERS = _METHODS["BatchGetUsers"]

_WATCH = -1  # the number of the watcher's channel


class Client:
    """Asks a getme server who is calling. To be used in one event loop, and made anywhere.

    address: `host:port` of the server, or of several, as for `getme.Client`. cache: whether
    answers of get_me are remembered, which are then never stale for more than a second: the client
    is told of changes by a task that the first get_me starts. cache_bytes: how much memory they
    may take. timeout_seconds: how long a call may take. channels: how many connections to open to
    each server, used in turn; a server with several workers wants several. tls: how to trust the
    server; None for connections in the clear. Raises OSError or ValueError for TLS files that
    cannot be used, ValueError for an address.

    Cannot be used in a child of `os.fork`.
    """

    def __init__(  # noqa: PLR0913  # all but the address have a default
        self,
        address: str,
        *,
        cache: bool = True,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        channels: int = 1,
        tls: Tls | None = None,
    ) -> None:
        credentials = None if tls is None else tls.read()
        self._servers = read_servers(address)
        self._connect = partial(_open_channel, self._servers, credentials)
        self._cache = cache
        self._timeout_seconds = timeout_seconds
        self._closed = False
        self._number_of_channels = channels
        self._opened: list[grpc.aio.Channel] = []
        self._next_channel = itertools.cycle(range(channels)).__next__
        self._calls: dict[str, list[grpc.aio.UnaryUnaryMultiCallable[Message, Message]]] = {}
        self._watcher: Watcher | None = None
        self._memory = Memory(Feed(), cache_bytes)
        self._recall = self._memory.recall

    @property
    def memory(self) -> Memory:
        """What is remembered, with its counters."""
        return self._memory

    async def get_me(
        self,
        token: str,
        max_staleness: timedelta | None = None,
        *,
        timeout_seconds: float | None = None,
    ) -> User:
        """The user that token was issued to, from memory where that is allowed.

        max_staleness: how old the answer may be at most; zero has the server read its store.
        timeout_seconds: where the client's own is too long. Raises getme.Error.
        """
        remembered = self._recall(token, max_staleness)
        if remembered is None:
            request = get_me_request(max_staleness)
            timeout = shorter(self._timeout_seconds, timeout_seconds)
            remembered = await self.get_me_response(token, request, timeout_seconds=timeout)
        return remembered.user

    def recall(self, token: str, max_staleness: timedelta | None = None) -> Remembered | None:
        """The answer of GetMe that may be used from memory now. Asks nobody."""
        return self._recall(token, max_staleness)

    async def get_me_response(
        self,
        token: str,
        request: GetMeRequest,
        *,
        metadata: Metadata = (),
        timeout_seconds: float | None = None,
    ) -> Remembered:
        """The server's answer of GetMe, remembered where that is allowed.

        request: with `if_none_match` the answer may have no user, and is not remembered then.
        metadata, timeout_seconds: as those of `call`, the token left out. Raises getme.Error.
        """
        metadata = (*bearer(token), *metadata)
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        if not self._cache:
            return Remembered(await self._get_me(request, metadata, timeout))
        self._watch()
        memory = self._memory
        asking = memory.ask(token, request)
        try:
            answer = memory.keep(asking, await self._get_me(asking.request, metadata, timeout))
            if memory.must_ask_again(asking, answer):
                left = asking.asked_at + timeout - now()
                asking = memory.ask_again(asking)
                answer = memory.keep(asking, await self._get_me(asking.request, metadata, left))
        except Error as error:
            memory.refused(asking, error)
            raise
        return answer

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
        """The answer to any unary RPC of the contract, which is not remembered.

        metadata: names in lower case and their values, the caller's token among them where the
        RPC needs one. What is changed by it is seen at once in get_me.
        timeout_seconds: None for the client's own. Raises getme.Error. When the awaiting task is
        cancelled, so is the call.
        """
        if not is_write(method):
            return await self._answer(method, request, metadata, timeout_seconds)
        memory, token = self._memory, token_in(metadata)
        write = memory.write_begins(token, changed_user=user_changed_by(request))
        try:
            answer = await self._answer(method, request, metadata, timeout_seconds)
        finally:
            memory.write_ended(write)
        if token is None:  # a sign-in changes the user whom only its answer names
            memory.write_ended(memory.write_begins(None, changed_user=user_told_in(answer)))
        return answer

    async def serving(self, *, timeout_seconds: float) -> bool:
        """Whether the server says that it can answer (grpc.health.v1, the server as a whole).

        False as well where it is not reached within timeout_seconds.
        """
        channel = self._channels()[self._next_channel()]
        check: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(HEALTH_CHECK)
        try:
            return bool(await check(WHOLE_SERVER, timeout=timeout_seconds) == SERVING)
        except grpc.aio.AioRpcError:
            return False

    async def reconnect(self, tls: Tls) -> None:
        """Opens new connections by what these files hold now; what is remembered stays.

        Ends when the calls have that were under way on the old ones. Where the files cannot be used
        it raises OSError or ValueError, and nothing has changed.
        """
        self._connect = partial(_open_channel, self._servers, tls.read())
        former, self._opened, self._calls = self._opened, [], {}
        if self._watcher is not None:
            self._watcher.reconnect()
        # In tasks of its own: they begin behind what was just called and has yet to be sent.
        await asyncio.gather(*(channel.close(self._timeout_seconds) for channel in former))

    async def close(self) -> None:
        """Ends the connections; calls under way are cancelled, and nothing is remembered."""
        self._closed = True
        if self._watcher is not None:
            await self._watcher.stop()
        self._memory.clear()
        for channel in self._opened:
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

    async def _get_me(
        self, request: GetMeRequest, metadata: Metadata, timeout_seconds: float
    ) -> GetMeResponse:
        response = await self._answer(_GET_ME, request, metadata, timeout_seconds)
        assert isinstance(response, GetMeResponse)  # noqa: S101  # narrows the type
        return response

    async def _answer(
        self,
        method: MethodDescriptor,
        request: Message,
        metadata: Metadata,
        timeout_seconds: float | None,
    ) -> Message:
        if self._is_closed():
            raise closed_error()
        calls = self._calls.get(method.full_name) or self._multicallables(method)
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        metadata = with_current_span(metadata)
        try:
            return await calls[self._next_channel()](request, metadata=metadata, timeout=timeout)
        except grpc.aio.AioRpcError as failed:
            raise error_of_call(failed) from None
        except asyncio.CancelledError:
            if not self._is_closed() or is_being_cancelled():
                raise
            raise closed_error() from None

    def _channels(self) -> list[grpc.aio.Channel]:
        """Opened by the first call, since a channel belongs to the loop that runs then."""
        if not self._opened:
            target, numbers = self._servers.target(), range(self._number_of_channels)
            self._opened = [self._connect(number, target) for number in numbers]
        return self._opened

    def _is_closed(self) -> bool:
        return self._closed  # it changes while a call is awaited

    def _watch(self) -> None:
        if self._watcher is None and not self._closed:
            self._watcher = Watcher(self._memory.feed, self._connect_to_watch)
            self._watcher.start()

    async def _connect_to_watch(self) -> grpc.aio.Channel:
        """Looks names up elsewhere: that takes long where the network is broken."""
        target = await asyncio.to_thread(self._servers.target)
        return self._connect(_WATCH, target)

    def _multicallables(
        self, method: MethodDescriptor
    ) -> list[grpc.aio.UnaryUnaryMultiCallable[Message, Message]]:
        calls = [
            channel.unary_unary(
                f"/{method.containing_service.full_name}/{method.name}",
                request_serializer=_serialize,
                response_deserializer=GetMessageClass(method.output_type).FromString,
            )
            for channel in self._channels()
        ]
        self._calls[method.full_name] = calls
        return calls


def _open_channel(
    servers: Servers, credentials: Credentials | None, number: int, target: str
) -> grpc.aio.Channel:
    use_grpc(for_streams=True)  # grpc.aio is not made for forks at all
    options = channel_options(number, servers)
    if credentials is None:
        return grpc.aio.insecure_channel(target, options=options)
    return grpc.aio.secure_channel(target, credentials(), options=options)


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()
