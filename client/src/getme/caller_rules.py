"""Whom a service that asks getme lets in, and what it tells the others: rules of both drop-ins.

Knows neither a client nor a transport: `grpc_interceptor` and `asgi` ask, and say it in their ways.
"""

import logging
from collections.abc import Collection, Sequence

from getme.errors import (
    Error,
    ErrorDetails,
    Internal,
    NotFound,
    PermissionDenied,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from getme.reasons import Reason
from getme.user import User

ROLES = frozenset({"viewer", "creator", "moderator"})
RETRY_AFTER_SECONDS = 1.0  # where getme did not say; most faults are restarts

_SCHEME = "bearer "
_TOLD = (Unauthenticated, PermissionDenied, NotFound, Unavailable, TooLarge, Internal)
# INTERNAL is the name of a gRPC status too.
_REASONS = frozenset(Reason) - {Reason.INTERNAL}

_log = logging.getLogger("getme")


def required_roles(roles: Collection[str]) -> frozenset[str]:
    """The roles that a caller must have, all of them. Raises ValueError for an unknown one."""
    unknown = {roles} if isinstance(roles, str) else set(roles) - ROLES
    if unknown:
        raise ValueError(f"roles is a set of {sorted(ROLES)}, not {sorted(unknown)}")
    return frozenset(roles)


def bearer_token(values: Sequence[str | bytes]) -> str:
    """The one token of a call (RFC 6750 section 2.1, RFC 9110 section 11.1).

    values: of `authorization`, all that the call has. Raises Unauthenticated.
    """
    if not values:
        raise Unauthenticated(
            "this call needs a token: authorization: Bearer <token>",
            reason=Reason.TOKEN_MISSING,
            details=ErrorDetails(),
        )
    # With more than one, a proxy and this service might disagree on who is calling.
    given = values[0] if len(values) == 1 else ""
    if not isinstance(given, str) or given[: len(_SCHEME)].lower() != _SCHEME:
        raise token_invalid()
    return given[len(_SCHEME) :]


def token_invalid() -> Unauthenticated:
    """The refusal of what cannot be one token, in the words of getme's server."""
    return Unauthenticated(
        "the token is not valid", reason=Reason.TOKEN_INVALID, details=ErrorDetails()
    )


def check_roles(user: User, required: frozenset[str]) -> None:
    """Raises PermissionDenied where the user lacks one of them."""
    missing = required.difference(user.roles)
    if missing:
        raise PermissionDenied(
            f"this call needs the role {', '.join(sorted(missing))}",
            reason=Reason.ROLE_REQUIRED,
            details=ErrorDetails(),
        )


def told_to_caller(error: Error) -> Error:
    """The refusal that a caller gets for what the question to getme ended in.

    What getme itself has refused is passed on. Whatever else went wrong is no fault of the
    caller's, and its text may name addresses: the caller learns that users cannot be read now,
    the log learns the rest.
    """
    # What the server says has a request ID, whatever its reason; what this library says has none.
    of_getme = bool(error.request_id) or error.reason in _REASONS
    if of_getme and isinstance(error, _TOLD):
        return error
    _log.warning("getme could not be asked: %s: %s", error.reason, error.message)
    retry_after = error.retry_after_seconds
    return Unavailable(
        "users cannot be read now",
        reason=Reason.STORE_UNAVAILABLE,
        details=ErrorDetails(
            request_id=error.request_id,
            retry_after_seconds=RETRY_AFTER_SECONDS if retry_after is None else retry_after,
        ),
    )
