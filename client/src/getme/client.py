"""The client for threads: `getme.Client`."""

import weakref
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from getme.calls import DEFAULT_TIMEOUT_SECONDS, Metadata, bearer, get_me_request, shorter
from getme.channels import open_channel
from getme.clock import now
from getme.current_trace import with_current_span
from getme.errors import Error, closed_error, error_of_call
from getme.feed import Feed
from getme.forking import begin_anew_after_fork, use_grpc
from getme.remembered import DEFAULT_CACHE_BYTES, Memory
from getme.targets import Servers, read_servers
from getme.tls import Credentials, Tls
from getme.user import PublicUser, User, public_user_of, user_of
from getme.v1.user_service_pb2 import BatchGetUsersRequest, GetUserRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from getme.watcher import Watcher

Request = TypeVar("Request")
Response = TypeVar("Response")

_CALLS, _WATCH = 0, 1  # numbers of channels
_abandoned: list[Any] = []  # of a parent: to end them here would hang, or end them there


class Client:
    """Asks a getme server who is calling. Safe for use by many threads at once.

    address: `host:port` of the server, of several joined by commas, or `dns:///name:port` where a
    name stands for several; then calls go to each in turn of those that say that they can answer.
    Over TLS all servers of a list have a certificate for the first one's name.

    cache: whether answers of get_me are remembered, which are then never stale for more than a
    second: the client is told of changes by a thread that the first get_me starts. cache_bytes:
    how much memory they may take. timeout_seconds: how long a call may take. tls: how to trust the
    server; None for a connection in the clear. Raises OSError or ValueError for TLS files that
    cannot be used, ValueError for an address.

    A client that was made before `os.fork` works in the child as well, if no call was made before
    it. Otherwise gRPC hangs in the child, and calls there raise Unavailable with the reason FORKED,
    unless no client of the parent had a cache, and GRPC_ENABLE_FORK_SUPPORT=1 was in the
    environment when grpc was imported.
    """

    def __init__(
        self,
        address: str,
        *,
        cache: bool = True,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        tls: Tls | None = None,
    ) -> None:
        credentials = None if tls is None else tls.read()
        self._connect = partial(_open_channel, read_servers(address), credentials)
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._timeout_seconds = timeout_seconds
        self._closed = False
        self._begin()
        begin_anew_after_fork(self)

    @property
    def memory(self) -> Memory:
        """What is remembered, with its counters."""
        return self._memory

    def get_me(
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
        if remembered is not None:
            return remembered.user
        return self._ask(token, max_staleness, shorter(self._timeout_seconds, timeout_seconds))

    def get_user(self, user_id: str) -> PublicUser:
        """What anybody may see of a user. Raises getme.Error."""
        request = GetUserRequest(user_id=user_id)
        return public_user_of(self._answer(self._users().GetUser, request).user)

    def batch_get_users(self, user_ids: Sequence[str]) -> list[PublicUser]:
        """What anybody may see of up to 100 users, in the order asked. Raises getme.Error.

        Users who do not exist are left out.
        """
        request = BatchGetUsersRequest(ids=user_ids)
        response = self._answer(self._users().BatchGetUsers, request)
        return [public_user_of(user) for user in response.users]

    def close(self) -> None:
        """Ends the connection; calls under way are cancelled, and nothing is remembered."""
        with self._opening:
            self._closed = True
            channel, watcher = self._channel, self._watcher
        if watcher is not None:
            self._stop_watcher()
            watcher.join()
        if channel is not None:
            channel.close()
        self._memory.clear()

    def after_fork(self) -> None:
        """Begins anew in the child of a fork: what there was belongs to the parent."""
        self._stop_watcher.detach()
        _abandoned.append((self._channel, self._stub, self._watcher, self._memory))
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> None:
        self._opening = Lock()
        self._channel: grpc.Channel | None = None
        self._stub: UserServiceStub | None = None
        self._watcher: Watcher | None = None
        self._stop_watcher = weakref.finalize(self, _nothing)
        self._memory = Memory(Feed(), self._cache_bytes)
        self._recall = self._memory.recall

    def _ask(self, token: str, max_staleness: timedelta | None, timeout: float) -> User:
        metadata = bearer(token)
        get_me = self._users().GetMe
        if not self._cache:
            return user_of(self._answer(get_me, get_me_request(max_staleness), metadata, timeout))
        if self._watcher is None:
            self._watch()
        memory, request = self._memory, get_me_request(max_staleness)
        asking = memory.ask(token, request)
        try:
            answer = memory.keep(asking, self._answer(get_me, asking.request, metadata, timeout))
            if memory.must_ask_again(asking, answer):
                left = asking.asked_at + timeout - now()
                asking = memory.ask_again(asking)
                answer = memory.keep(asking, self._answer(get_me, asking.request, metadata, left))
        except Error as error:
            memory.refused(asking, error)
            raise
        return answer.user

    def _answer(
        self,
        call: "grpc.UnaryUnaryMultiCallable[Request, Response]",
        request: Request,
        metadata: Metadata = (),
        timeout_seconds: float | None = None,
    ) -> Response:
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        if self._closed:
            raise closed_error()
        try:
            return call(request, metadata=tuple(with_current_span(metadata)), timeout=timeout)
        except grpc.RpcError as failed:
            raise error_of_call(failed) from None

    def _users(self) -> UserServiceStub:
        return self._stub or self._open()

    def _open(self) -> UserServiceStub:
        with self._opening:
            if self._closed:
                raise closed_error()
            if self._stub is None:
                self._channel = self._connect(_CALLS)
                self._stub = UserServiceStub(self._channel)
            return self._stub

    def _watch(self) -> None:
        with self._opening:
            if self._watcher is None and not self._closed:
                self._watcher = Watcher(self._memory.feed, partial(self._connect, _WATCH))
                # Also when the client is dropped without being closed, and at exit.
                self._stop_watcher = weakref.finalize(self, self._watcher.stop)
                self._watcher.start()


def _open_channel(servers: Servers, credentials: Credentials | None, number: int) -> grpc.Channel:
    use_grpc(for_streams=number == _WATCH)
    return open_channel(servers, credentials, number)


def _nothing() -> None:
    """What there is to end before there is a watcher."""
