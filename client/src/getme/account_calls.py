"""What a person does at a server: sign in, ask who is signed in, sign out; and its health.

Every method raises getme.Error. Holds no session: the tokens are passed in.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from getme.calls import bearer
from getme.channels import open_channel
from getme.errors import error_of_call
from getme.health_check import HEALTH_CHECK, LIVENESS, SERVING, WHOLE_SERVER
from getme.targets import read_servers
from getme.tls import Tls
from getme.user import User, user_of
from getme.v1.auth_service_pb2 import (
    LoginRequest,
    LoginResponse,
    LogoutRequest,
    RefreshRequest,
    RefreshResponse,
)
from getme.v1.auth_service_pb2_grpc import AuthServiceStub
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub

# A password takes the server longer than any other call.
CALL_SECONDS = 15.0

_T = TypeVar("_T")


class AccountCalls:
    """Calls to a server, or to one of several.

    address: as that of `getme.Client`. tls: None for a connection in the clear. Raises OSError or
    ValueError for TLS files that cannot be used, ValueError for an address.
    """

    def __init__(self, address: str, tls: Tls | None, seconds: float = CALL_SECONDS) -> None:
        self._channel = open_channel(read_servers(address), None if tls is None else tls.read(), 0)
        self._auth = AuthServiceStub(self._channel)
        self._users = UserServiceStub(self._channel)
        self._seconds = seconds

    def login(self, email: str, password: str) -> LoginResponse:
        """Begins a session."""
        return self._ask(self._auth.Login, LoginRequest(email=email, password=password))

    def refresh(self, refresh_token: str) -> RefreshResponse:
        """The session's next pair of tokens."""
        return self._ask(self._auth.Refresh, RefreshRequest(refresh_token=refresh_token))

    def logout(self, refresh_token: str) -> None:
        """Ends the session of a refresh token."""
        self._ask(self._auth.Logout, LogoutRequest(refresh_token=refresh_token))

    def get_me(self, token: str) -> User:
        """The user that token was issued to."""
        return user_of(self._ask(self._users.GetMe, GetMeRequest(), bearer(token)))

    def is_serving(self) -> bool:
        """Whether the server says that it can answer (grpc.health.v1)."""
        return self._ask(self._channel.unary_unary(HEALTH_CHECK), WHOLE_SERVER) == SERVING

    def is_alive(self) -> bool:
        """Whether the server says that it lives, whatever it can answer."""
        return self._ask(self._channel.unary_unary(HEALTH_CHECK), LIVENESS) == SERVING

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._channel.close()

    def _ask(self, call: Callable[..., _T], request: Any, metadata: Any = ()) -> _T:
        try:
            return call(request, metadata=metadata, timeout=self._seconds)
        except grpc.RpcError as failed:
            raise error_of_call(failed) from None
