"""Refusals of a token. TokenInvalid stands in `getme_server.errors`: accounts raise it too."""

from getme.reasons import Reason
from getme_server.errors import GetmeError


class TokenMissing(GetmeError):
    """The call carries no token at all."""

    reason = Reason.TOKEN_MISSING

    def __init__(self) -> None:
        super().__init__("this call needs a token: authorization: Bearer <token>")


class TokenExpired(GetmeError):
    """The token was good once; a fresh one will be accepted (unlike TokenInvalid)."""

    reason = Reason.TOKEN_EXPIRED

    def __init__(self) -> None:
        super().__init__("the token has expired")


class TokenRevoked(GetmeError):
    """The token was taken back before it expired; only signing in again helps."""

    reason = Reason.TOKEN_REVOKED

    def __init__(self) -> None:
        super().__init__("the token has been revoked")


class KeyRefused(Exception):
    """A key that must not be used; the text says why and how to make a good one."""
