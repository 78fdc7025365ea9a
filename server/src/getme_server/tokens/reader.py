"""Reads a compact JWS strictly, before any cryptography (RFC 7515, RFC 7519, RFC 8725).

PyJWT takes padded signatures, duplicate members, UTF-16, unsized input and more (each case is
in `tests/unit/tokens/test_reader.py`). Whatever passes here has one spelling only, so that two
texts never stand for one token. Holds no keys and no clock.
"""

import re
from typing import NamedTuple

from getme_server.errors import TokenInvalid
from getme_server.tokens import base64url
from getme_server.tokens.strict_json import JsonObject, json_object

MAX_TOKEN_BYTES = 8_192  # longer input is refused before any parsing

_SEGMENT = r"([A-Za-z0-9_-]+)"
_COMPACT = re.compile(rf"{_SEGMENT}\.{_SEGMENT}\.{_SEGMENT}", re.ASCII)


class CompactJws(NamedTuple):
    """A well-formed token whose signature nobody has checked yet.

    signing_input: what the signature covers, ASCII (RFC 7515 section 2).
    """

    header: JsonObject
    payload: bytes
    signing_input: bytes
    signature: bytes


def read(token: str) -> CompactJws:
    """The parts of a token. Raises TokenInvalid."""
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenInvalid(f"it is longer than {MAX_TOKEN_BYTES} bytes")
    segments = _COMPACT.fullmatch(token)
    if segments is None:
        raise TokenInvalid("it is not three base64url parts without padding (RFC 7515 section 7.1)")
    header, payload, signature = (_decoded(segment) for segment in segments.groups())
    return CompactJws(
        json_object_of(header), payload, token[: segments.end(2)].encode("ascii"), signature
    )


def json_object_of(part: bytes) -> JsonObject:
    """The JSON object that a header or a payload is. Raises TokenInvalid."""
    try:
        return json_object(part)
    except ValueError as malformed:
        raise TokenInvalid(f"header or payload is {malformed}") from malformed


def _decoded(segment: str) -> bytes:
    try:
        return base64url.decode(segment)
    except ValueError as malformed:
        raise TokenInvalid(f"a part of it is {malformed} (RFC 4648 section 3.5)") from malformed
