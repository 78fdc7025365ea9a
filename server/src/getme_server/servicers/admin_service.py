"""AdminService of the contract."""

from collections.abc import Callable
from uuid import UUID

import grpc

from getme.v1.admin_service_pb2 import (
    FindUserRequest,
    FindUserResponse,
    RevokeUserTokensRequest,
    RevokeUserTokensResponse,
    SetAccountStatusRequest,
    SetAccountStatusResponse,
)
from getme.v1.admin_service_pb2_grpc import AdminServiceServicer
from getme_server.accounts.actor import Actor
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.moderation import Moderation
from getme_server.accounts.origin import Origin
from getme_server.accounts.roles import require_moderator
from getme_server.call import caller
from getme_server.deadline import Deadline, of_call
from getme_server.servicers.messages import moment_message, user_message


class AdminService(AdminServiceServicer):
    """Does what moderators ask for.

    origin: where a call comes from. store_timeout_seconds: how long a call waits for the store at
    most, within its deadline.
    """

    def __init__(
        self,
        current_user: CurrentUserRule,
        moderation: Moderation,
        origin: Callable[[grpc.ServicerContext], Origin],
        *,
        store_timeout_seconds: float,
    ) -> None:
        self._current_user = current_user
        self._moderation = moderation
        self._origin = origin
        self._store_timeout_seconds = store_timeout_seconds

    def SetAccountStatus(
        self, request: SetAccountStatusRequest, context: grpc.ServicerContext
    ) -> SetAccountStatusResponse:
        """Changes what an account may do."""
        moderator, deadline = self._moderator(context)
        change = self._moderation.set_status(
            UUID(request.user_id), request.account_status, moderator, deadline
        )
        return SetAccountStatusResponse(user=user_message(change.account))

    def RevokeUserTokens(
        self, request: RevokeUserTokensRequest, context: grpc.ServicerContext
    ) -> RevokeUserTokensResponse:
        """Takes back all tokens of a user that were issued so far, and ends all sessions."""
        moderator, deadline = self._moderator(context)
        issued_before = self._moderation.revoke_tokens(UUID(request.user_id), moderator, deadline)
        return RevokeUserTokensResponse(issued_before=moment_message(issued_before))

    def FindUser(self, request: FindUserRequest, context: grpc.ServicerContext) -> FindUserResponse:
        """Looks a user up by ID or by address."""
        moderator, deadline = self._moderator(context)
        by_id = request.WhichOneof("by") == "user_id"
        user = UUID(request.user_id) if by_id else request.email
        found = self._moderation.find(user, moderator, deadline)
        return FindUserResponse(
            user=user_message(found.account), credentials_locked=found.credentials_locked
        )

    def _moderator(self, context: grpc.ServicerContext) -> tuple[Actor, Deadline]:
        """The caller, once the role is certain: nobody else may learn here who has an account.

        Fresh: a lock that is a second old must stop this call.
        """
        deadline = of_call(context, at_most_seconds=self._store_timeout_seconds)
        claims = caller(context)
        current = self._current_user.current(
            claims.user_id, claims.roles, deadline, max_staleness_seconds=0
        )
        require_moderator(current.roles)
        return Actor(str(claims.user_id), self._origin(context)), deadline
