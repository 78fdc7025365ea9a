"""Reads the token from the call's metadata, has it verified, attaches the caller (RFC 6750).

Exactly one credential a call. Which methods need none stands here, in one table; a new method
is protected unless it is listed.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import grpc
from grpc_interceptor import ServerInterceptor

from getme.clock import now
from getme_server.call import attach_caller, attach_no_caller
from getme_server.deadline import CallLifetime
from getme_server.errors import TokenExpired, TokenInvalid, TokenMissing, TokenRevoked
from getme_server.tokens.claims import AccessClaims

OPEN_METHODS = frozenset(
    {
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.health.v1.Health/List",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/getme.v1.UserService/GetUser",
        "/getme.v1.UserService/BatchGetUsers",
        "/getme.v1.UserService/WatchInvalidations",
        "/getme.v1.AuthService/Register",
        "/getme.v1.AuthService/Login",
        "/getme.v1.AuthService/Refresh",
        "/getme.v1.AuthService/GetPublicKeys",
    }
)

# What a caller may prove itself to with something else, which the request holds: to Logout with the
# refresh token. A browser's access token has often expired by then, and must not keep it signed in.
OTHERWISE_PROVEN_METHODS = frozenset({"/getme.v1.AuthService/Logout"})

# What these have done is done, and their answers tell nothing; some have revoked the very token.
CHANGING_METHODS = frozenset(
    {
        "/getme.v1.AuthService/Logout",
        "/getme.v1.AuthService/LogoutEverywhere",
        "/getme.v1.AuthService/RevokeSession",
        "/getme.v1.UserService/ChangePassword",
        "/getme.v1.UserService/DeleteMe",
        "/getme.v1.AdminService/SetAccountStatus",
        "/getme.v1.AdminService/RevokeUserTokens",
    }
)

# Another answer that took longer to make leaves only if the token is good still: with the lease of
# what is remembered (`freshness`), none is older than the second that the contract promises.
LOOK_AGAIN_SECONDS = 0.2

_KEY = "authorization"
_SCHEME = "bearer "


class TokenVerifier(Protocol):
    """Decides whether a token is good at a given moment."""

    def verify(self, token: str, *, now: float, lifetime: CallLifetime) -> AccessClaims:
        """Claims of a valid access token. now: seconds since 1970. lifetime: the call's own.

        Raises TokenExpired, TokenRevoked or TokenInvalid, and StoreUnavailable where the store
        had to be asked and did not answer.
        """
        ...


class Authentication(ServerInterceptor):
    """Lets a call in if its method is open or its token is good.

    wall_clock: seconds since 1970. place: up to which place in the log of changes all is known now.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        wall_clock: Callable[[], float],
        place: Callable[[], int],
        open_methods: frozenset[str] = OPEN_METHODS,
    ) -> None:
        self._verifier = verifier
        self._place = place
        self._wall_clock = wall_clock
        self._open_methods = open_methods

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        """Raises TokenMissing, and what the verifier raises."""
        if method_name in self._open_methods:
            return method(request_or_iterator, context)
        if method_name in OTHERWISE_PROVEN_METHODS:
            self._attach_caller_if_any(context)
            return method(request_or_iterator, context)
        token = _bearer_token(context)
        place, begun = self._place(), now()
        claims = self._verifier.verify(token, now=self._wall_clock(), lifetime=context)
        attach_caller(context, claims, place)
        answer = method(request_or_iterator, context)
        if method_name in CHANGING_METHODS:
            return answer
        if now() - begun > LOOK_AGAIN_SECONDS and not isinstance(answer, Iterator):
            # Revoked while the store was slow, or while this process was frozen?
            self._verifier.verify(token, now=self._wall_clock(), lifetime=context)
        return answer

    def _attach_caller_if_any(self, context: grpc.ServicerContext) -> None:
        """Raises TokenInvalid only for what is not one bearer token."""
        try:
            token = _bearer_token(context)
        except TokenMissing as missing:
            attach_no_caller(context, missing)
            return
        place = self._place()
        try:
            claims = self._verifier.verify(token, now=self._wall_clock(), lifetime=context)
        except (TokenExpired, TokenInvalid, TokenRevoked) as refused:
            attach_no_caller(context, refused)
        else:
            attach_caller(context, claims, place)


def _bearer_token(context: grpc.ServicerContext) -> str:
    """The one token of a call (RFC 6750 section 2.1, RFC 9110 section 11.1)."""
    given: str | bytes | None = None
    for key, value in context.invocation_metadata() or ():
        if key == _KEY:
            if given is not None:
                raise TokenInvalid("the call has more than one authorization value")
            given = value
    if given is None:
        raise TokenMissing
    if not isinstance(given, str) or given[: len(_SCHEME)].lower() != _SCHEME:
        raise TokenInvalid("the authorization value is not 'Bearer <token>'")
    return given[len(_SCHEME) :]
