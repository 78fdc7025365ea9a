"""The client for threads: `getme.Client`."""

from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self, TypeVar

import grpc

from getme.calls import DEFAULT_TIMEOUT_SECONDS, bearer, get_me_request
from getme.channels import channel_options
from getme.errors import closed_error, error_of_call
from getme.user import PublicUser, User, public_user_of, user_of
from getme.v1.user_service_pb2 import BatchGetUsersRequest, GetUserRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub

Request = TypeVar("Request")
Response = TypeVar("Response")


class Client:
    """Asks a getme server who is calling. Safe for use by many threads at once.

    address: `host:port` of the server. timeout_seconds: how long a call may take.
    """

    def __init__(self, address: str, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        self._channel = grpc.insecure_channel(address, options=channel_options(0))
        self._users = UserServiceStub(self._channel)
        self._timeout_seconds = timeout_seconds
        self._closed = False

    def get_me(self, token: str, *, max_staleness: timedelta | None = None) -> User:
        """The user that token was issued to. Raises getme.Error."""
        request = get_me_request(max_staleness)
        return user_of(self._answer(self._users.GetMe, request, metadata=bearer(token)))

    def get_user(self, user_id: str) -> PublicUser:
        """What anybody may see of a user. Raises getme.Error."""
        request = GetUserRequest(user_id=user_id)
        return public_user_of(self._answer(self._users.GetUser, request).user)

    def batch_get_users(self, user_ids: Sequence[str]) -> list[PublicUser]:
        """What anybody may see of up to 100 users, in the order asked. Raises getme.Error.

        Users who do not exist are left out.
        """
        request = BatchGetUsersRequest(ids=user_ids)
        response = self._answer(self._users.BatchGetUsers, request)
        return [public_user_of(user) for user in response.users]

    def _answer(
        self,
        call: "grpc.UnaryUnaryMultiCallable[Request, Response]",
        request: Request,
        metadata: tuple[tuple[str, str], ...] = (),
    ) -> Response:
        if self._closed:
            raise closed_error()
        try:
            return call(request, metadata=metadata, timeout=self._timeout_seconds)
        except grpc.RpcError as failed:
            raise error_of_call(failed) from None

    def close(self) -> None:
        """Ends the connection; calls under way are cancelled."""
        self._closed = True
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
