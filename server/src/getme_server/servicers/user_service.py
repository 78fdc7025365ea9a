"""UserService of the contract."""

from uuid import UUID

import grpc

from getme.v1.user_service_pb2 import (
    BatchGetUsersRequest,
    BatchGetUsersResponse,
    GetMeRequest,
    GetMeResponse,
    GetUserRequest,
    GetUserResponse,
)
from getme.v1.user_service_pb2_grpc import UserServiceServicer
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.store import AccountStore
from getme_server.call import caller
from getme_server.deadline import of_call
from getme_server.servicers.messages import etag_of, public_user_message, user_message


class UserService(UserServiceServicer):
    """Answers who is calling and what anybody may know of a user.

    store_timeout_seconds: how long a call waits for the store at most, within its deadline.
    """

    def __init__(
        self, current_user: CurrentUserRule, store: AccountStore, *, store_timeout_seconds: float
    ) -> None:
        self._current_user = current_user
        self._store = store
        self._store_timeout_seconds = store_timeout_seconds

    def GetMe(self, request: GetMeRequest, context: grpc.ServicerContext) -> GetMeResponse:
        """The caller's own account and roles."""
        claims = caller(context)
        deadline = of_call(context, at_most_seconds=self._store_timeout_seconds)
        account, roles = self._current_user.current(
            claims.user_id, claims.roles, deadline, fresh=request.HasField("max_staleness")
        )
        user = user_message(account)
        etag = etag_of(user)
        if request.if_none_match == etag:
            return GetMeResponse(etag=etag, roles=roles)
        return GetMeResponse(user=user, etag=etag, roles=roles)

    def GetUser(self, request: GetUserRequest, context: grpc.ServicerContext) -> GetUserResponse:
        """The public profile of any account."""
        deadline = of_call(context, at_most_seconds=self._store_timeout_seconds)
        account = self._store.account(UUID(request.user_id), deadline)
        return GetUserResponse(user=public_user_message(account))

    def BatchGetUsers(
        self, request: BatchGetUsersRequest, context: grpc.ServicerContext
    ) -> BatchGetUsersResponse:
        """The public profiles of many accounts."""
        deadline = of_call(context, at_most_seconds=self._store_timeout_seconds)
        accounts = self._store.accounts([UUID(each) for each in request.ids], deadline)
        return BatchGetUsersResponse(users=map(public_user_message, accounts))
