"""The thumbprint of a public key, which serves as its key ID (RFC 7638 section 3)."""

import hashlib
import json
from collections.abc import Mapping

from getme_server.tokens import base64url

_REQUIRED = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


def thumbprint(public_jwk: Mapping[str, str]) -> str:
    """base64url of the SHA-256 hash of the required members, in order, without white space."""
    required = {name: public_jwk[name] for name in sorted(_REQUIRED[public_jwk["kty"]])}
    canonical = json.dumps(required, separators=(",", ":"), ensure_ascii=False)
    return base64url.encode(hashlib.sha256(canonical.encode()).digest())
