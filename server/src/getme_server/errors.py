"""What the rules may answer instead of a result.

Knows nothing of gRPC: one table in `interceptors/errors.py` gives each reason its status.
"""

from typing import ClassVar

from getme.reasons import Reason


class GetmeError(Exception):
    """A refusal or failure that the caller is told of.

    reason: stable and public. message: public too, so it never holds a token, a password, an
    address or the text of another exception. cause: for the log only, and free of the caller's
    own words likewise. retry_after_seconds: when the same call may succeed, None if never.
    """

    reason: ClassVar[Reason]
    retry_after_seconds: float | None = None

    def __init__(self, message: str, *, cause: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause


class TokenInvalid(GetmeError):
    """The token is malformed, forged, of the wrong kind, or its user is gone.

    Always the same message, so that the answer does not tell which; the log has the cause.
    """

    reason = Reason.TOKEN_INVALID

    def __init__(self, cause: str) -> None:
        super().__init__("the token is not valid", cause=cause)


class TokenMissing(GetmeError):
    """The call carries no token at all."""

    reason = Reason.TOKEN_MISSING

    def __init__(self, wanted: str = "authorization: Bearer <token>") -> None:
        super().__init__(f"this call needs a token: {wanted}")


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


class InvalidField(GetmeError):
    """The request's fields are wrong; violations tells, field by field, what would be right."""

    reason = Reason.INVALID_FIELD

    def __init__(self, violations: dict[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {text}" for field, text in violations.items()))
        self.violations = violations


class Overloaded(GetmeError):
    """Too many calls are under way; unlike StoreUnavailable nothing is broken."""

    reason = Reason.OVERLOADED
    retry_after_seconds = 1.0


class TooLarge(GetmeError):
    """The call's metadata is over the limit; asking again will not help (unlike Overloaded)."""

    reason = Reason.TOO_LARGE


class CallAbandoned(Exception):
    """The caller has gone while its answer was being made; nobody sees this."""


class DeadlinePassed(CallAbandoned):
    """The caller's own deadline ended the wait, not a limit of ours (unlike StoreUnavailable)."""
