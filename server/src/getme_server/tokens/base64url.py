"""Base64url in its one canonical spelling (RFC 7515 section 2, RFC 4648 section 3.5).

PyJWT's own reader takes padding and drops what is not of the alphabet, so that many texts would
stand for the same bytes.
"""

import base64
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def decode(text: str) -> bytes:
    """The bytes that text stands for. Raises ValueError for any but the canonical spelling."""
    if not _ALPHABET.fullmatch(text):
        raise ValueError("not base64url without padding")
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(decoded) != text:
        raise ValueError("base64url with spare bits set")
    return decoded


def encode(raw: bytes) -> str:
    """The canonical spelling of raw, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
