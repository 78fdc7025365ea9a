"""The only place where errors become HTTP answers: problem details (RFC 9457).

Clients decide by `reason`, the server's `ErrorInfo.reason` where the server refused; `type` is
that reason as a URN. Only public texts are shown: the server's message or ours, never what gRPC
or an exception says, which names addresses and internals.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

import orjson

import getme
from getme import errors, http_refusal
from getme.reasons import Reason
from getme_gateway.caching import no_store
from getme_gateway.http_messages import LAST_ANSWER, Headers, Response
from getme_gateway.refusals import BodyTimeout, BodyTooLarge, Refused, TargetTooLong

RETRY_AFTER_SECONDS = 1  # where the server did not say; most faults are restarts

# reason -> HTTP status and title. A test walks all reasons of getme and all our refusals.
ANSWERS: Mapping[str, tuple[int, str]] = {
    **http_refusal.ANSWERS,  # of who asks who is calling, whom others refuse in the same way
    Reason.BAD_CREDENTIALS: (401, "The credentials are wrong"),
    Reason.RATE_LIMITED: (429, "Too many attempts"),
    Reason.EMAIL_TAKEN: (409, "The e-mail address is taken"),
    Reason.ETAG_MISMATCH: (412, "It was changed in the meantime"),
    Reason.LAST_MODERATOR: (409, "There would be no moderator left"),
    Reason.SESSION_NOT_FOUND: (404, "No such session"),
    Reason.INVALID_FIELD: (400, "A field is not valid"),
    "ORIGIN_REFUSED": (403, "The request came from another site"),
    "ROUTE_NOT_FOUND": (404, "Nothing is here"),
    "METHOD_NOT_ALLOWED": (405, "The method does not fit"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body is not JSON"),
    "BODY_TIMEOUT": (408, "The body came too slowly"),
    "NOT_READY": (503, "Not ready"),
}
# HTTP has three statuses for the one reason TOO_LARGE; its row is the one for headers.
_TOO_LARGE: Mapping[type[Refused], int] = {BodyTooLarge: 413, TargetTooLong: 414}
# Where the reason is not in the table: gRPC's own refusals, and reasons of a newer server.
_OTHERS: Mapping[type[getme.Error], tuple[int, str]] = {
    getme.Unauthenticated: (401, "The token is not valid"),
    getme.PermissionDenied: (403, "Not allowed"),
    getme.InvalidArgument: (400, "The request is not valid"),
    getme.NotFound: (404, "Not found"),
    getme.AlreadyExists: (409, "It is there already"),
    errors.Aborted: (409, "It was changed in the meantime"),
    errors.FailedPrecondition: (409, "This is not possible now"),
    errors.Unimplemented: (501, "The server does not serve this"),
    getme.Unavailable: (503, "The server cannot answer now"),
    getme.DeadlineExceeded: (504, "The server took too long"),
}
_NO_ANSWER = (502, "The server gave no usable answer")

_CONTENT: Headers = (
    (b"content-type", b"application/problem+json"),
    *no_store(),
)
# RFC 6750 section 3: at least one parameter; section 3.1: no error code if no token was given.
_CHALLENGE = b'Bearer realm="getme"'
_CHALLENGE_INVALID = b'Bearer realm="getme", error="invalid_token"'
_TOKEN_REFUSALS = {Reason.TOKEN_INVALID, Reason.TOKEN_EXPIRED, Reason.TOKEN_REVOKED}
_UNAUTHORIZED = 401
_COME_BACK = {429, 503}


def refused(refusal: Refused, request_id: str) -> Response:
    """The answer to what the gateway itself refuses."""
    status, title = ANSWERS[refusal.reason]
    status = _TOO_LARGE.get(type(refusal), status)
    body = _body(refusal.reason, status, title, refusal.detail, request_id)
    if refusal.errors:
        body["errors"] = dict(refusal.errors)
    allow = ((b"allow", ", ".join(refusal.allow).encode()),) if refusal.allow else ()
    # The rest of such a body is not read, so that the connection is of no use afterwards.
    unread = isinstance(refusal, BodyTooLarge | BodyTimeout)
    ends = (LAST_ANSWER,) if unread else ()
    return _response(body, status, headers=(*allow, *ends))


def failed(error: getme.Error, request_id: str) -> Response:
    """The answer to a call that the server refused or did not answer."""
    # INTERNAL is the name of gRPC's own status too; what getme refuses has a request ID.
    if error.reason in ANSWERS and (error.reason != Reason.INTERNAL or error.request_id):
        status, title = ANSWERS[error.reason]
        detail = error.message
    else:  # the message may be gRPC's own, which names our addresses
        status, title = _OTHERS.get(type(error), _NO_ANSWER)
        detail = f"{title}."
    body = _body(error.reason, status, title, detail, request_id)
    if error.field_violations:
        body["errors"] = error.field_violations
    return _response(
        body, status, retry_after_seconds=error.retry_after_seconds, cause=error.message
    )


def internal(request_id: str) -> Response:
    """The answer to a bug of the gateway, which says nothing about it."""
    status, title = ANSWERS[Reason.INTERNAL]
    detail = "The request could not be answered; the request ID finds it in the log."
    return _response(_body(Reason.INTERNAL, status, title, detail, request_id), status)


def _body(reason: str, status: int, title: str, detail: str, request_id: str) -> dict[str, Any]:
    return {
        "type": f"urn:getme:reason:{reason}",
        "title": title,
        "status": status,
        "detail": detail,
        "reason": str(reason),
        "request_id": request_id,
    }


def _response(
    body: dict[str, Any],
    status: int,
    *,
    headers: Headers = (),
    retry_after_seconds: float | None = None,
    cause: str = "",
) -> Response:
    reason: str = body["reason"]
    if status == _UNAUTHORIZED:
        challenge = _CHALLENGE_INVALID if reason in _TOKEN_REFUSALS else _CHALLENGE
        headers = (*headers, (b"www-authenticate", challenge))
    if status in _COME_BACK:
        seconds = max(1, ceil(retry_after_seconds or RETRY_AFTER_SECONDS))
        headers = (*headers, (b"retry-after", str(seconds).encode()))
    return Response(
        status=status,
        headers=(*_CONTENT, *headers),
        body=orjson.dumps(body),
        reason=reason,
        cause=cause,
    )
