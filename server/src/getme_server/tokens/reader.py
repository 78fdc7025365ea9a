"""Reads a compact JWS strictly, before any cryptography (RFC 7515, RFC 7519, RFC 8725).

PyJWT takes padded signatures, duplicate members, UTF-16, unsized input and more (each case is
in `tests/unit/tokens/test_reader.py`). Whatever passes here has one spelling only, so that two
texts never stand for one token. Holds no keys and no clock.
"""

import base64
import json
import re
from typing import Any, NamedTuple

from getme_server.errors import TokenInvalid

MAX_TOKEN_BYTES = 8_192  # longer input is refused before any parsing

_SEGMENT = r"([A-Za-z0-9_-]+)"
_COMPACT = re.compile(rf"{_SEGMENT}\.{_SEGMENT}\.{_SEGMENT}", re.ASCII)
_MAX_NESTING = 8  # the contract's claims need two levels

JsonObject = dict[str, Any]


class ReadToken(NamedTuple):
    """Header and payload of a well-formed token whose signature nobody has checked yet."""

    header: JsonObject
    payload: JsonObject


def read(token: str) -> ReadToken:
    """Header and payload. Raises TokenInvalid."""
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenInvalid(f"it is longer than {MAX_TOKEN_BYTES} bytes")
    segments = _COMPACT.fullmatch(token)
    if segments is None:
        raise TokenInvalid("it is not three base64url parts without padding (RFC 7515 section 7.1)")
    header, payload, signature = segments.groups()
    _decode(signature)
    return ReadToken(_object(header), _object(payload))


def _decode(segment: str) -> bytes:
    """The bytes of a base64url segment in its one canonical spelling (RFC 7515 section 2)."""
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError as malformed:
        raise TokenInvalid("a part of it is not base64url") from malformed
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode("ascii") != segment:
        raise TokenInvalid("a part of it has spare bits set (RFC 4648 section 3.5)")
    return decoded


def _object(segment: str) -> JsonObject:
    """A JSON object in strict UTF-8 with unique member names (RFC 8725 section 3.7)."""
    try:
        text = _decode(segment).decode("utf-8")
        parsed = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        nesting = _nesting(parsed)
    except (UnicodeDecodeError, ValueError, RecursionError) as malformed:
        raise TokenInvalid("header or payload is not strict JSON in UTF-8") from malformed
    if not isinstance(parsed, dict) or nesting > _MAX_NESTING:
        raise TokenInvalid("header or payload is not a JSON object of modest depth")
    return parsed


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name stands twice (RFC 7515 section 4)")
    return members


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON (RFC 8259 section 6)")


def _nesting(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_nesting, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_nesting, value), default=0)
    return 0
