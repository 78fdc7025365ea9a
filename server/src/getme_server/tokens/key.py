"""A key that verifies tokens and perhaps signs them: one algorithm, one use (RFC 8725 section 3.1).

The cryptography is PyJWT's and that of the package cryptography.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt
from cryptography.exceptions import InvalidSignature

HS256 = "HS256"
ALGORITHMS = {name: jwt.get_algorithm_by_name(name) for name in (HS256, "RS256", "ES256", "EdDSA")}
SYMMETRIC = frozenset({HS256})
_FINGERPRINT_BYTES = 16
_FINGERPRINT = b"getme key"  # what a secret signs for its fingerprint; no token begins like that


class Key(NamedTuple):
    """A key and the one algorithm that it is for.

    key_id: the `kid`; empty for a secret, which has none. verifying, signing: as PyJWT's
    algorithm of that name takes them; signing is None where only the public part is known.
    signs_from: seconds since 1970, the moment from which it is the one to sign, if no other key
    has a later one behind it. public_jwk: what anybody may know (RFC 7517), empty for a secret.
    origin: hash of the JWK that it was read from.
    """

    key_id: str
    algorithm: str
    verifying: Any
    signing: Any
    signs_from: float
    public_jwk: Mapping[str, str]
    origin: bytes = b""

    @property
    def fingerprint(self) -> bytes:
        """Names the key, in all processes alike; tells no more of a secret than a token does."""
        if self.algorithm in SYMMETRIC:
            named = hmac.digest(self.verifying, _FINGERPRINT, hashlib.sha256)
        else:
            named = hashlib.sha256(json.dumps(self.public_jwk, sort_keys=True).encode()).digest()
        return named[:_FINGERPRINT_BYTES]

    def verifies(self, signing_input: bytes, signature: bytes) -> bool:
        """Whether this key's owner made signature over signing_input."""
        try:
            return bool(ALGORITHMS[self.algorithm].verify(signing_input, self.verifying, signature))
        except (ValueError, InvalidSignature):  # a signature of impossible form
            return False
