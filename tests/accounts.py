"""Accounts as their users meet them: over gRPC, each answer as it is or as the reason for none."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import grpc

from getme.errors import error_of_call
from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from getme.v1.admin_service_pb2_grpc import AdminServiceStub
from getme.v1.auth_service_pb2_grpc import AuthServiceStub
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.tokens import bearer

# Hashes that cost 5 ms, and no limits but those that a test sets.
CHEAP_ACCOUNTS = {
    "GETME_PASSWORD_MEMORY": "8",
    "GETME_PASSWORD_TIME": "1",
    "GETME_PASSWORD_LANES": "1",
    "GETME_LIMIT_PASSWORD": "off",
    "GETME_LIMIT_ACCOUNT": "off",
    "GETME_LIMIT_ADDRESS": "off",
}
PASSWORD = "correct horse battery staple"

_numbers = itertools.count()
_T = TypeVar("_T")


class Refused(NamedTuple):
    """An answer that is none. retry_after_seconds: when to ask again, where that was said."""

    reason: str
    retry_after_seconds: float | None = None
    fields: tuple[str, ...] = ()


def new_email() -> str:
    """An address that nobody has yet."""
    return f"user{next(_numbers)}@example.org"


def ask(call: Callable[..., _T], request: Any, token: str | None = None) -> _T | Refused:
    """The answer to a call, or why there is none."""
    try:
        return call(request, metadata=bearer(token) if token else (), timeout=30)
    except grpc.RpcError as failed:
        error = error_of_call(failed)
        return Refused(error.reason, error.retry_after_seconds, tuple(error.field_violations))


class People:
    """Everybody who uses a server."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.auth = AuthServiceStub(channel)
        self.users = UserServiceStub(channel)
        self.admin = AdminServiceStub(channel)

    def register(
        self, email: str, password: str = PASSWORD, **more: Any
    ) -> auth_service_pb2.RegisterResponse | Refused:
        request = auth_service_pb2.RegisterRequest(
            **{"firstname": "Ada", "lastname": "Example", "email": email, "password": password}
            | more
        )
        return ask(self.auth.Register, request)

    def login(
        self, email: str, password: str = PASSWORD
    ) -> auth_service_pb2.LoginResponse | Refused:
        return ask(self.auth.Login, auth_service_pb2.LoginRequest(email=email, password=password))

    def refresh(self, refresh_token: str) -> auth_service_pb2.RefreshResponse | Refused:
        request = auth_service_pb2.RefreshRequest(refresh_token=refresh_token)
        return ask(self.auth.Refresh, request)

    def logout(
        self, token: str | None, refresh_token: str = ""
    ) -> auth_service_pb2.LogoutResponse | Refused:
        request = auth_service_pb2.LogoutRequest(refresh_token=refresh_token)
        return ask(self.auth.Logout, request, token)

    def logout_everywhere(self, token: str) -> auth_service_pb2.LogoutEverywhereResponse | Refused:
        return ask(self.auth.LogoutEverywhere, auth_service_pb2.LogoutEverywhereRequest(), token)

    def sessions(self, token: str) -> auth_service_pb2.ListSessionsResponse | Refused:
        return ask(self.auth.ListSessions, auth_service_pb2.ListSessionsRequest(), token)

    def revoke_session(
        self, token: str, session_id: str
    ) -> auth_service_pb2.RevokeSessionResponse | Refused:
        request = auth_service_pb2.RevokeSessionRequest(session_id=session_id)
        return ask(self.auth.RevokeSession, request, token)

    def get_me(self, token: str) -> user_service_pb2.GetMeResponse | Refused:
        return ask(self.users.GetMe, user_service_pb2.GetMeRequest(), token)

    def change_password(
        self, token: str, old: str, new: str
    ) -> user_service_pb2.ChangePasswordResponse | Refused:
        request = user_service_pb2.ChangePasswordRequest(old_password=old, new_password=new)
        return ask(self.users.ChangePassword, request, token)

    def update_me(self, token: str, **changes: Any) -> user_service_pb2.UpdateMeResponse | Refused:
        return ask(self.users.UpdateMe, user_service_pb2.UpdateMeRequest(**changes), token)

    def delete_me(
        self, token: str, password: str = PASSWORD
    ) -> user_service_pb2.DeleteMeResponse | Refused:
        request = user_service_pb2.DeleteMeRequest(password=password)
        return ask(self.users.DeleteMe, request, token)

    def set_status(
        self, moderator: str, user_id: str, account_status: str
    ) -> admin_service_pb2.SetAccountStatusResponse | Refused:
        request = admin_service_pb2.SetAccountStatusRequest(
            user_id=user_id, account_status=account_status
        )
        return ask(self.admin.SetAccountStatus, request, moderator)
