"""A refusal as an HTTP service sends it: problem details (RFC 9457), as getme's gateway."""

import json
from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

from getme.errors import Error, NotFound, PermissionDenied, TooLarge, Unauthenticated, Unavailable
from getme.reasons import Reason

# reason -> HTTP status and title, of all that a question for the caller can end in.
ANSWERS: Mapping[str, tuple[int, str]] = {
    Reason.TOKEN_MISSING: (401, "A token is needed"),
    Reason.TOKEN_INVALID: (401, "The token is not valid"),
    Reason.TOKEN_EXPIRED: (401, "The token has expired"),
    Reason.TOKEN_REVOKED: (401, "The token was revoked"),
    Reason.ROLE_REQUIRED: (403, "A role is missing"),
    Reason.ACCOUNT_SUSPENDED: (403, "The account is suspended"),
    Reason.ACCOUNT_LOCKED: (403, "The account is locked"),
    Reason.ACCOUNT_INACTIVE: (403, "The account is inactive"),
    Reason.ACCOUNT_BANNED: (403, "The account is banned"),
    Reason.USER_NOT_FOUND: (404, "No such user"),
    Reason.STORE_UNAVAILABLE: (503, "Users cannot be read now"),
    Reason.OVERLOADED: (503, "Too many requests at once"),
    Reason.TOO_LARGE: (431, "The request is too large"),
    Reason.INTERNAL: (500, "Something went wrong"),
}
# Reasons of a newer server.
_OTHERS: Mapping[type[Error], tuple[int, str]] = {
    Unauthenticated: (401, "The token is not valid"),
    PermissionDenied: (403, "Not allowed"),
    NotFound: (404, "Not found"),
    Unavailable: (503, "The server cannot answer now"),
    TooLarge: (431, "The request is too large"),
}
# RFC 6750 section 3: at least one parameter; section 3.1: no error code if no token was given.
_CHALLENGE = 'Bearer realm="getme"'
_CHALLENGE_INVALID = 'Bearer realm="getme", error="invalid_token"'
_UNAUTHORIZED = 401
_COME_BACK = 503


class HttpRefusal(NamedTuple):
    """An answer. detail: the body's, for people."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    detail: str


def http_refusal_of(error: Error) -> HttpRefusal:
    """The answer that an error stands for; its message is shown to the caller."""
    reason = str(error.reason)
    status, title = ANSWERS.get(reason) or _OTHERS.get(type(error)) or ANSWERS[Reason.INTERNAL]
    body = {
        "type": f"urn:getme:reason:{reason}",
        "title": title,
        "status": status,
        "detail": error.message,
        "reason": reason,
        "request_id": error.request_id,
    }
    headers = [("content-type", "application/problem+json"), ("cache-control", "no-store")]
    if status == _UNAUTHORIZED:
        missing = reason == Reason.TOKEN_MISSING
        headers.append(("www-authenticate", _CHALLENGE if missing else _CHALLENGE_INVALID))
    if status == _COME_BACK:
        headers.append(("retry-after", str(max(1, ceil(error.retry_after_seconds or 1)))))
    return HttpRefusal(status, tuple(headers), json.dumps(body).encode(), error.message)
