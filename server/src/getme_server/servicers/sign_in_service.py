"""AuthService of the contract where the server keeps accounts itself."""

from collections.abc import Callable
from typing import NamedTuple, TypedDict
from uuid import UUID

import grpc

from getme.v1.auth_service_pb2 import (
    ListSessionsRequest,
    ListSessionsResponse,
    LoginRequest,
    LoginResponse,
    LogoutEverywhereRequest,
    LogoutEverywhereResponse,
    LogoutRequest,
    LogoutResponse,
    RefreshRequest,
    RefreshResponse,
    RegisterRequest,
    RegisterResponse,
    RevokeSessionRequest,
    RevokeSessionResponse,
    Session,
)
from getme_server.accounts import session
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.origin import Origin
from getme_server.accounts.refresh import Refresh
from getme_server.accounts.registration import Registration
from getme_server.accounts.session_tokens import TokenPair
from getme_server.accounts.sessions import Sessions
from getme_server.accounts.sign_in import SignIn
from getme_server.accounts.sign_out import SignOut
from getme_server.call import caller, caller_if_known, why_no_caller
from getme_server.deadline import Deadline, of_call
from getme_server.errors import TokenMissing
from getme_server.servicers.auth_service import AuthService, PublicKeys
from getme_server.servicers.messages import moment_message, user_message

TOKEN_TYPE = "Bearer"


class SignInRules(NamedTuple):
    """The rules behind the calls."""

    current_user: CurrentUserRule
    registration: Registration
    sign_in: SignIn
    refresh: Refresh
    sessions: Sessions
    sign_out: SignOut


class SignInService(AuthService):
    """Signs people in and out. origin: where a call comes from.

    store_timeout_seconds: how long a call waits for the store at most, within its deadline, each
    time that it has to.
    """

    def __init__(
        self,
        keys: PublicKeys,
        rules: SignInRules,
        origin: Callable[[grpc.ServicerContext], Origin],
        *,
        store_timeout_seconds: float,
    ) -> None:
        super().__init__(keys)
        self._rules = rules
        self._origin = origin
        self._store_timeout_seconds = store_timeout_seconds

    def Register(self, request: RegisterRequest, context: grpc.ServicerContext) -> RegisterResponse:
        """Makes an account."""
        origin, deadline = self._origin(context), self._deadline(context)
        account = self._rules.registration.register(
            email=request.email,
            password=request.password,
            firstname=request.firstname,
            lastname=request.lastname,
            origin=origin,
            deadline=deadline,
        )
        answer = RegisterResponse(
            user_id=str(account.user_id),
            firstname=account.firstname,
            lastname=account.lastname,
            email=account.email,
        )
        if request.sign_in:
            begun = self._rules.sign_in.begin(account, origin, deadline.again())
            answer.token = begun.tokens.access.text
            answer.token_type = TOKEN_TYPE
            answer.expires_in = begun.tokens.access.life_seconds
            answer.refresh_token = begun.tokens.refresh.text()
            answer.user.CopyFrom(user_message(begun.current.account))
        return answer

    def Login(self, request: LoginRequest, context: grpc.ServicerContext) -> LoginResponse:
        """Begins a session."""
        begun = self._rules.sign_in.sign_in(
            request.email, request.password, self._origin(context), self._deadline(context)
        )
        return LoginResponse(**_pair(begun.tokens), user=user_message(begun.current.account))

    def Refresh(self, request: RefreshRequest, context: grpc.ServicerContext) -> RefreshResponse:
        """The session's next pair of tokens."""
        if not request.refresh_token:
            raise TokenMissing("refresh_token")
        pair = self._rules.refresh.refresh(
            request.refresh_token, self._origin(context), self._deadline(context)
        )
        return RefreshResponse(**_pair(pair))

    def Logout(self, request: LogoutRequest, context: grpc.ServicerContext) -> LogoutResponse:
        """Ends one session."""
        sign_out, bearer = self._rules.sign_out, caller_if_known(context)
        origin, deadline = self._origin(context), self._deadline(context)
        if bearer is None:
            refused = why_no_caller(context)
            if refused is not None and not request.refresh_token:
                raise refused
            sign_out.by_refresh_token(request.refresh_token, origin, deadline)
        else:
            sign_out.this(bearer, request.refresh_token, origin, deadline)
        return LogoutResponse()

    def LogoutEverywhere(
        self, _request: LogoutEverywhereRequest, context: grpc.ServicerContext
    ) -> LogoutEverywhereResponse:
        """Ends all sessions of the caller."""
        self._rules.sign_out.everywhere(
            caller(context), self._origin(context), self._deadline(context)
        )
        return LogoutEverywhereResponse()

    def ListSessions(
        self, _request: ListSessionsRequest, context: grpc.ServicerContext
    ) -> ListSessionsResponse:
        """The caller's sessions."""
        claims, deadline = caller(context), self._deadline(context)
        self._rules.current_user.current(claims.user_id, claims.roles, deadline)
        sessions = self._rules.sessions
        return ListSessionsResponse(
            sessions=[
                _session_message(each, sessions.expires(each), claims.session_id)
                for each in sessions.of(claims.user_id, deadline)
            ]
        )

    def RevokeSession(
        self, request: RevokeSessionRequest, context: grpc.ServicerContext
    ) -> RevokeSessionResponse:
        """Ends one session of the caller."""
        claims, deadline = caller(context), self._deadline(context)
        self._rules.current_user.current(claims.user_id, claims.roles, deadline)
        self._rules.sign_out.one(claims, UUID(request.session_id), self._origin(context), deadline)
        return RevokeSessionResponse()

    def _deadline(self, context: grpc.ServicerContext) -> Deadline:
        return of_call(context, at_most_seconds=self._store_timeout_seconds)


class _Pair(TypedDict):
    token: str
    token_type: str
    expires_in: int
    refresh_token: str


def _pair(tokens: TokenPair) -> _Pair:
    return {
        "token": tokens.access.text,
        "token_type": TOKEN_TYPE,
        "expires_in": tokens.access.life_seconds,
        "refresh_token": tokens.refresh.text(),
    }


def _session_message(stored: session.Session, expires: float, own_session_id: str) -> Session:
    return Session(
        session_id=str(stored.session_id),
        created=moment_message(stored.created),
        last_used=moment_message(stored.last_used),
        expires=moment_message(expires),
        address=stored.address,
        user_agent=stored.user_agent,
        current=str(stored.session_id) == own_session_id,
    )
