"""Decides whether a token was signed by our key and is good at a given moment.

The order of RFC 7519 section 7.2: form, header, signature, and only then the claims, so that
nothing is told of a token that is not ours. Holds no clock and no keys: both are passed in.
"""

from getme_server.tokens.claim_rules import (
    access_claims,
    require_life,
    require_members,
    require_parties,
)
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.reader import json_object_of, read
from getme_server.tokens.signature import require_kind, require_signature


class Verifier:
    """Verifies tokens under one policy."""

    def __init__(self, policy: TokenPolicy) -> None:
        self.policy = policy

    def verify(self, token: str, keys: KeySet, *, now: float) -> AccessClaims:
        """Claims of a valid access token.

        token: compact JWS. now: seconds since 1970. Raises TokenExpired if exp is leeway or
        more before now (RFC 7519 section 4.1.4), TokenInvalid for any other fault. Only a token
        with a good signature is ever called expired.
        """
        jws = read(token)
        require_kind(jws.header, required=self.policy.required)
        key = require_signature(jws, keys)
        payload = json_object_of(jws.payload)
        require_parties(payload, self.policy)
        claims = access_claims(jws, payload)
        require_members(payload, self.policy)
        require_life(claims, self.policy, now)
        return claims._replace(key_fingerprint=keys.fingerprint_of(key))
