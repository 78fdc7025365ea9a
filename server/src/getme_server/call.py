"""What the interceptors attach to a call, and how servicers read it.

Kept as attributes of the call's own ServicerContext, which grpcio makes anew for each call: what
is attached cannot be seen by another call and needs no clearing, unlike a context variable of a
pooled thread.
"""

import secrets

import grpc

from getme.program.request_ids import REQUEST_ID_KEY, is_well_formed
from getme_server.errors import GetmeError
from getme_server.tokens.claims import AccessClaims

_RANDOM_ID_BYTES = 8

_CALLER = "_getme_caller"
_REFUSAL = "_getme_refusal"
_REQUEST = "_getme_request_id"


def attach_caller(context: grpc.ServicerContext, claims: AccessClaims) -> None:
    """Says who makes this call."""
    setattr(context, _CALLER, claims)


def caller(context: grpc.ServicerContext) -> AccessClaims:
    """Who makes this call. Raises AttributeError in a method that needs no token."""
    claims: AccessClaims = getattr(context, _CALLER)
    return claims


def caller_if_known(context: grpc.ServicerContext) -> AccessClaims | None:
    """Who makes this call, None where no token was accepted."""
    return getattr(context, _CALLER, None)


def attach_refusal(context: grpc.ServicerContext, error: GetmeError) -> None:
    """Says why this call is refused, for the log."""
    setattr(context, _REFUSAL, error)


def refusal(context: grpc.ServicerContext) -> GetmeError | None:
    """Why this call was refused, None where it was not."""
    return getattr(context, _REFUSAL, None)


def status_code(context: grpc.ServicerContext) -> grpc.StatusCode:
    """How this call ends, told at its end: CANCELLED where the caller has gone meanwhile."""
    code: grpc.StatusCode | None = context.code()  # type: ignore[attr-defined]  # types-grpcio lacks it
    if code is not None:
        return code
    return grpc.StatusCode.OK if context.is_active() else grpc.StatusCode.CANCELLED


def request_id(context: grpc.ServicerContext) -> str:
    """The call's request ID: the caller's own where it is well formed, else one made here."""
    known: str | None = getattr(context, _REQUEST, None)
    if known is None:
        known = _given_request_id(context) or secrets.token_hex(_RANDOM_ID_BYTES)
        setattr(context, _REQUEST, known)
    return known


def _given_request_id(context: grpc.ServicerContext) -> str | None:
    for key, value in context.invocation_metadata() or ():
        if key == REQUEST_ID_KEY and isinstance(value, str) and is_well_formed(value):
            return value
    return None
