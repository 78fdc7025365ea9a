"""UserService of the contract where the server keeps accounts itself: what users change."""

from collections.abc import Callable
from typing import NamedTuple

import grpc

from getme.v1.user_service_pb2 import (
    ChangePasswordRequest,
    ChangePasswordResponse,
    DeleteMeRequest,
    DeleteMeResponse,
    UpdateMeRequest,
    UpdateMeResponse,
)
from getme_server.accounts.account import Account
from getme_server.accounts.current_user import CurrentUser
from getme_server.accounts.errors import UserNotFound
from getme_server.accounts.origin import Origin
from getme_server.accounts.own_removal import OwnRemoval
from getme_server.accounts.password_change import PasswordChange
from getme_server.accounts.profile import NAMES, Profile
from getme_server.call import caller
from getme_server.deadline import Deadline, of_call
from getme_server.servicers.messages import etag_of, user_message
from getme_server.servicers.user_service import Reading, UserService

_ANY_VERSION = "*"  # RFC 9110 section 13.1.1


class OwnAccountRules(NamedTuple):
    """The rules behind the calls."""

    profile: Profile
    password_change: PasswordChange
    own_removal: OwnRemoval


class OwnAccountService(UserService):
    """Changes accounts for their owners. origin: where a call comes from."""

    def __init__(
        self,
        reading: Reading,
        rules: OwnAccountRules,
        origin: Callable[[grpc.ServicerContext], Origin],
        *,
        store_timeout_seconds: float,
    ) -> None:
        super().__init__(reading, store_timeout_seconds=store_timeout_seconds)
        self._rules = rules
        self._origin = origin

    def UpdateMe(self, request: UpdateMeRequest, context: grpc.ServicerContext) -> UpdateMeResponse:
        """Changes the caller's names."""
        current, deadline = self._current(context)
        try:
            account = self._rules.profile.update(
                current.account,
                _asked_changes(request),
                is_expected=_expectation(request.expected_etag),
                origin=self._origin(context),
                deadline=deadline,
            )
        except UserNotFound:
            self._current(context)  # answers as any call of who is not there any more
            raise
        user = user_message(account)
        return UpdateMeResponse(user=user, etag=etag_of(user), roles=current.roles)

    def ChangePassword(
        self, request: ChangePasswordRequest, context: grpc.ServicerContext
    ) -> ChangePasswordResponse:
        """Puts a new password in effect and ends all other sessions."""
        current, deadline = self._current(context)
        self._rules.password_change.change(
            current.account,
            request.old_password,
            request.new_password,
            session_id=caller(context).session_id,
            origin=self._origin(context),
            deadline=deadline,
        )
        return ChangePasswordResponse()

    def DeleteMe(self, request: DeleteMeRequest, context: grpc.ServicerContext) -> DeleteMeResponse:
        """Removes the caller's account."""
        current, deadline = self._current(context)
        self._rules.own_removal.remove(
            current.account, request.password, self._origin(context), deadline
        )
        return DeleteMeResponse()

    def _current(self, context: grpc.ServicerContext) -> tuple[CurrentUser, Deadline]:
        """The caller, and how long the call may wait. Fresh: what is remembered changes nothing."""
        claims = caller(context)
        deadline = of_call(context, at_most_seconds=self._store_timeout_seconds)
        current = self._current_user.current(
            claims.user_id, claims.roles, deadline, max_staleness_seconds=0
        )
        return current, deadline


def _asked_changes(request: UpdateMeRequest) -> dict[str, str]:
    """The names that a request means to change, by its mask (https://google.aip.dev/134)."""
    if request.HasField("update_mask"):
        asked = set(request.update_mask.paths)
    else:
        asked = {field.name for field, _ in request.ListFields()}
    return {name: getattr(request, name) for name in NAMES if name in asked}


def _expectation(etag: str) -> Callable[[Account], bool] | None:
    """Whether an account is the version that an etag names; None where any is."""
    if etag in {"", _ANY_VERSION}:
        return None
    return lambda account: etag_of(user_message(account)) == etag
