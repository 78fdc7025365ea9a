"""Compact JWS made byte by byte, so that a test can spell what no JWT library would."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

SECRET = b"a-secret-for-tests-that-is-long-enough-0123456789"
OTHER_SECRET = b"another-secret-that-is-long-enough-too-9876543210"
USER_ID = UUID("7777b733-a6b8-47e7-83ad-bc2739ae9954")
NOW = 1_900_000_000
EXPIRES = NOW + 600

HEADER: Mapping[str, Any] = {"alg": "HS256", "typ": "JWT"}
CLAIMS: Mapping[str, Any] = {"sub": str(USER_ID), "roles": ["viewer"], "exp": EXPIRES}

Part = bytes | Mapping[str, Any]


def base64url(raw: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def forge(
    header: Part = HEADER, payload: Part = CLAIMS, *, secret: bytes = SECRET, digest: str = "sha256"
) -> str:
    """A token with a good signature over whatever header and payload are; bytes go in as is."""
    signed = f"{base64url(bytes_of(header))}.{base64url(bytes_of(payload))}"
    signature = hmac.new(secret, signed.encode(), getattr(hashlib, digest)).digest()
    return f"{signed}.{base64url(signature)}"


def with_claims(**claims: Any) -> str:
    """The smallest valid token with claims added or replaced; ABSENT leaves one out."""
    return forge(payload={k: v for k, v in {**CLAIMS, **claims}.items() if v is not ABSENT})


def with_header(**members: Any) -> str:
    """The smallest valid token with header members added or replaced; ABSENT leaves one out."""
    return forge(header={k: v for k, v in {**HEADER, **members}.items() if v is not ABSENT})


def with_raw_claim(name: str, spelling: str) -> str:
    """The smallest valid token with a claim spelt as JSON text, such as one no number could be."""
    others = {k: v for k, v in CLAIMS.items() if k != name}
    return forge(payload=f"{json.dumps(others)[:-1]},{json.dumps(name)}:{spelling}}}".encode())


ABSENT = object()


def bytes_of(part: Part) -> bytes:
    """A part of a token before its base64url."""
    return part if isinstance(part, bytes) else json.dumps(part).encode()
