"""Reads the token from the call's metadata, has it verified, attaches the caller (RFC 6750).

Exactly one credential a call. Which methods need none stands here, in one table; a new method
is protected unless it is listed.
"""

from collections.abc import Callable
from typing import Any

import grpc
from grpc_interceptor import ServerInterceptor

from getme_server.call import attach_caller
from getme_server.errors import TokenInvalid
from getme_server.tokens.errors import TokenMissing
from getme_server.tokens.remembered import TokenVerifier

OPEN_METHODS = frozenset(
    {
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.health.v1.Health/List",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/getme.v1.UserService/GetUser",
    }
)

_KEY = "authorization"
_SCHEME = "bearer "


class Authentication(ServerInterceptor):
    """Lets a call in if its method is open or its token is good.

    wall_clock: seconds since 1970.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        wall_clock: Callable[[], float],
        open_methods: frozenset[str] = OPEN_METHODS,
    ) -> None:
        self._verifier = verifier
        self._wall_clock = wall_clock
        self._open_methods = open_methods

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        """Raises TokenMissing, TokenInvalid or TokenExpired."""
        if method_name not in self._open_methods:
            token = _bearer_token(context)
            attach_caller(context, self._verifier.verify(token, now=self._wall_clock()))
        return method(request_or_iterator, context)


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
