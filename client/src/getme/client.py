"""The client for threads: `getme.Client`."""

from datetime import timedelta
from types import TracebackType
from typing import Self

import grpc

from getme.channels import DEFAULT_TIMEOUT_SECONDS, bearer, channel_options, get_me_request
from getme.errors import error_of_call
from getme.user import PublicUser, User, public_user_of, user_of
from getme.v1.user_service_pb2 import GetUserRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub


class Client:
    """Asks a getme server who is calling. Safe for use by many threads at once.

    address: `host:port` of the server. timeout_seconds: how long a call may take.
    """

    def __init__(self, address: str, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        self._channel = grpc.insecure_channel(address, options=channel_options(0))
        self._users = UserServiceStub(self._channel)
        self._timeout_seconds = timeout_seconds

    def get_me(self, token: str, *, max_staleness: timedelta | None = None) -> User:
        """The user that token was issued to. Raises getme.Error."""
        try:
            response = self._users.GetMe(
                get_me_request(max_staleness), metadata=bearer(token), timeout=self._timeout_seconds
            )
        except grpc.RpcError as failed:
            raise error_of_call(failed) from None
        return user_of(response)

    def get_user(self, user_id: str) -> PublicUser:
        """What anybody may see of a user. Raises getme.Error."""
        try:
            response = self._users.GetUser(
                GetUserRequest(user_id=user_id), timeout=self._timeout_seconds
            )
        except grpc.RpcError as failed:
            raise error_of_call(failed) from None
        return public_user_of(response.user)

    def close(self) -> None:
        """Ends the connection; calls under way are cancelled."""
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
