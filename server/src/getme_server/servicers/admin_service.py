"""AdminService of the contract."""

from typing import Protocol
from uuid import UUID

import grpc
import structlog

from getme.v1.admin_service_pb2 import RevokeUserTokensRequest, RevokeUserTokensResponse
from getme.v1.admin_service_pb2_grpc import AdminServiceServicer
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.roles import require_moderator
from getme_server.accounts.store import AccountStore
from getme_server.call import caller, request_id
from getme_server.deadline import Deadline, of_call
from getme_server.servicers.messages import moment_message

_log = structlog.get_logger()


class UserTokens(Protocol):
    """The tokens that users were issued, to be taken back."""

    def revoke_all_of(self, user_id: UUID, deadline: Deadline) -> float:
        """Takes back all tokens that a user was issued before now; that moment, since 1970."""
        ...


class AdminService(AdminServiceServicer):
    """Does what moderators ask for.

    store_timeout_seconds: how long a call waits for the store at most, within its deadline.
    """

    def __init__(
        self,
        current_user: CurrentUserRule,
        accounts: AccountStore,
        tokens: UserTokens,
        *,
        store_timeout_seconds: float,
    ) -> None:
        self._current_user = current_user
        self._accounts = accounts
        self._tokens = tokens
        self._store_timeout_seconds = store_timeout_seconds

    def RevokeUserTokens(
        self, request: RevokeUserTokensRequest, context: grpc.ServicerContext
    ) -> RevokeUserTokensResponse:
        """Takes back all tokens of a user that were issued so far."""
        deadline = of_call(context, at_most_seconds=self._store_timeout_seconds)
        moderator = self._moderator(context, deadline)
        # After the caller's role: nobody else may learn here who has an account.
        account = self._accounts.account(UUID(request.user_id), deadline)
        issued_before = self._tokens.revoke_all_of(account.user_id, deadline)
        _log.info(
            "tokens_revoked",
            by=str(moderator),
            user_id=str(account.user_id),
            request_id=request_id(context),
        )
        return RevokeUserTokensResponse(issued_before=moment_message(issued_before))

    def _moderator(self, context: grpc.ServicerContext, deadline: Deadline) -> UUID:
        """The caller's user ID. Fresh: a lock that is a second old must stop this call."""
        claims = caller(context)
        current = self._current_user.current(claims.user_id, claims.roles, deadline, fresh=True)
        require_moderator(current.roles)
        return claims.user_id
