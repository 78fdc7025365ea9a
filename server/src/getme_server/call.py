"""What is known of a call: what interceptors attach to it, and where it comes from.

Kept as attributes of the call's own ServicerContext, which grpcio makes anew for each call: what
is attached cannot be seen by another call and needs no clearing, unlike a context variable of a
pooled thread.
"""

import secrets

import grpc

from getme.program.forwarding import (
    FORWARDED_FOR_KEY,
    FORWARDED_USER_AGENT_KEY,
    MAX_USER_AGENT_CHARACTERS,
)
from getme.program.request_ids import REQUEST_ID_KEY, is_well_formed
from getme_server.accounts.origin import Origin
from getme_server.accounts.standing import Seen
from getme_server.client_address import Networks, client_address, is_trusted
from getme_server.errors import GetmeError
from getme_server.tokens.claims import AccessClaims

_USER_AGENT_KEY = "user-agent"
_RANDOM_ID_BYTES = 8

_CALLER = "_getme_caller"
_NO_CALLER = "_getme_no_caller"
_PLACE = "_getme_place"
_SEEN = "_getme_seen"
_REFUSAL = "_getme_refusal"
_REQUEST = "_getme_request_id"


def attach_caller(context: grpc.ServicerContext, claims: AccessClaims, place: int) -> None:
    """Says who makes this call, and up to which place in the log all changes were known before."""
    setattr(context, _CALLER, claims)
    setattr(context, _PLACE, place)


def caller(context: grpc.ServicerContext) -> AccessClaims:
    """Who makes this call. Raises AttributeError in a method that needs no token."""
    claims: AccessClaims = getattr(context, _CALLER)
    return claims


def known_place(context: grpc.ServicerContext) -> int:
    """Up to which place in the log of changes all was known before the caller's token was good."""
    place: int = getattr(context, _PLACE)
    return place


def attach_seen(context: grpc.ServicerContext, seen: Seen | None) -> None:
    """Says when the caller's user was read from the store; None: it must not be remembered."""
    setattr(context, _SEEN, seen)


def seen_of(context: grpc.ServicerContext) -> Seen | None:
    """When the caller's user was read; None where the answer must not be remembered."""
    return getattr(context, _SEEN, None)


def attach_no_caller(context: grpc.ServicerContext, refused: GetmeError) -> None:
    """Says why no token was accepted, to a method that can do without one."""
    setattr(context, _NO_CALLER, refused)


def why_no_caller(context: grpc.ServicerContext) -> GetmeError | None:
    """Why no token was accepted; None where one was."""
    return getattr(context, _NO_CALLER, None)


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


def origin(context: grpc.ServicerContext, trusted: Networks) -> Origin:
    """Where the call comes from. trusted: proxies whose word is taken for their clients."""
    peer = context.peer()
    return Origin(
        request_id=request_id(context),
        address=client_address(peer, _given(context, FORWARDED_FOR_KEY), trusted),
        user_agent=_user_agent(context, is_proxy=is_trusted(peer, trusted)),
    )


def _user_agent(context: grpc.ServicerContext, *, is_proxy: bool) -> str:
    keys = (FORWARDED_USER_AGENT_KEY, _USER_AGENT_KEY) if is_proxy else (_USER_AGENT_KEY,)
    for key in keys:
        for value in _given(context, key):
            shown = "".join(c if c.isprintable() else " " for c in value)
            return shown[:MAX_USER_AGENT_CHARACTERS].strip()
    return ""


def _given_request_id(context: grpc.ServicerContext) -> str | None:
    return next(filter(is_well_formed, _given(context, REQUEST_ID_KEY)), None)


def _given(context: grpc.ServicerContext, wanted: str) -> list[str]:
    """The values of a key of the call's metadata, in their order."""
    metadata = context.invocation_metadata() or ()
    return [value for key, value in metadata if key == wanted and isinstance(value, str)]
