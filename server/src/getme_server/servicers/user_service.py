"""UserService of the contract."""

from typing import NamedTuple
from uuid import UUID

import grpc

from getme.clock import now
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
from getme_server.call import attach_seen, caller, known_place
from getme_server.deadline import of_call
from getme_server.servicers.freshness import AnswerFreshness
from getme_server.servicers.messages import etag_of, public_user_message, user_message
from getme_server.servicers.watching import Watching
from getme_server.tokens.revocation_check import NEVER_LOOKED, RevocationCheck


class Reading(NamedTuple):
    """What is asked for answers that change nothing.

    watching: serves WatchInvalidations. freshness: for who remembers answers. revocations: asked
    again for who will have nothing from memory.
    """

    current_user: CurrentUserRule
    accounts: AccountStore
    watching: Watching
    freshness: AnswerFreshness
    revocations: RevocationCheck


class UserService(UserServiceServicer):
    """Answers who is calling and what anybody may know of a user.

    store_timeout_seconds: how long a call waits for the store at most, within its deadline.
    """

    def __init__(self, reading: Reading, *, store_timeout_seconds: float) -> None:
        (
            self._current_user,
            self._store,
            self._watching,
            self._freshness,
            self._revocations,
        ) = reading
        self._store_timeout_seconds = store_timeout_seconds

    @property
    def WatchInvalidations(self) -> Watching:  # type: ignore[override]  # called, as a method is
        """Who has changed, for as long as somebody listens."""
        return self._watching

    def GetMe(self, request: GetMeRequest, context: grpc.ServicerContext) -> GetMeResponse:
        """The caller's own account and roles."""
        claims = caller(context)
        deadline = of_call(context, at_most_seconds=self._store_timeout_seconds)
        if request.HasField("max_staleness"):
            self._revocations.require_not_revoked(claims, NEVER_LOOKED, at=now(), lifetime=context)
        account, roles, seen = self._current_user.current(
            claims.user_id,
            claims.roles,
            deadline,
            max_staleness_seconds=_max_staleness_seconds(request),
        )
        attach_seen(context, seen)
        user = user_message(account)
        etag = etag_of(user)
        freshness = None
        if request.remember and seen is not None:
            freshness = self._freshness(seen, claims, known_place(context))
        if request.if_none_match == etag:
            return GetMeResponse(etag=etag, roles=roles, freshness=freshness)
        return GetMeResponse(user=user, etag=etag, roles=roles, freshness=freshness)

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


def _max_staleness_seconds(request: GetMeRequest) -> float | None:
    if not request.HasField("max_staleness"):
        return None
    return request.max_staleness.seconds + request.max_staleness.nanos / 1e9
