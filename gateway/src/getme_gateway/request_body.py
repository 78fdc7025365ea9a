"""Reads a request's body whole, within limits of size and time.

A body that ends early is never acted upon: granian reports a broken chunk as a disconnect.
"""

import asyncio

from getme.program.limits import MAX_REQUEST_BYTES
from getme_gateway.http_messages import Request
from getme_gateway.refusals import (
    BodyTimeout,
    BodyTooLarge,
    InvalidField,
    UnsupportedMediaType,
)

# With the time for headers (`listener`) it is under 10 s, the longest that a slow request may be
# held. The largest body needs 22 kB/s, which a phone on a poor connection has.
BODY_TIMEOUT_SECONDS = 3.0

_TOO_LARGE = f"The body is larger than {MAX_REQUEST_BYTES} bytes."
_MAX_LENGTH_DIGITS = 20


def announces_body(request: Request) -> bool:
    """Whether a body follows the headers (RFC 9112 section 6)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in request.headers
    )


async def read_body(request: Request, *, timeout_seconds: float = BODY_TIMEOUT_SECONDS) -> bytes:
    """The whole body. Raises BodyTooLarge, BodyTimeout, or InvalidField if it was cut off."""
    for length in request.header_values(b"content-length"):
        if (
            not length.isdigit()
            or len(length) > _MAX_LENGTH_DIGITS
            or int(length) > MAX_REQUEST_BYTES
        ):
            raise BodyTooLarge(_TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise InvalidField({"body": "ended before it was complete"})
                body += message.get("body", b"")
                if len(body) > MAX_REQUEST_BYTES:
                    raise BodyTooLarge(_TOO_LARGE)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise BodyTimeout(f"The body took longer than {timeout_seconds:g} seconds.") from None


def require_json(request: Request) -> None:
    """Raises UnsupportedMediaType unless the headers say JSON in UTF-8, not compressed."""
    if any(value.lower() != b"identity" for value in request.header_values(b"content-encoding")):
        raise UnsupportedMediaType("The body must not be compressed.")
    kinds = request.header_values(b"content-type")
    media_type, _, parameter = (kinds[0] if len(kinds) == 1 else b"").lower().partition(b";")
    name, _, charset = parameter.strip().partition(b"=")
    is_utf8 = name == b"charset" and charset.strip(b'"') in {b"utf-8", b"utf8"}
    if media_type.strip() != b"application/json" or (parameter.strip() and not is_utf8):
        raise UnsupportedMediaType("The Content-Type must be application/json, in UTF-8.")
