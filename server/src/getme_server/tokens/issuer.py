"""Makes access tokens that the verifier accepts (RFC 7519, RFC 9068 section 2)."""

from uuid import UUID, uuid4

import jwt

from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.policy import TokenPolicy


class Issuer:
    """Signs access tokens with the key whose turn it is."""

    def __init__(self, keys: KeyRing, policy: TokenPolicy) -> None:
        self._keys = keys
        self._policy = policy

    def issue(
        self,
        user_id: UUID,
        roles: tuple[str, ...],
        *,
        now: float,
        ttl_seconds: float,
        session_id: str = "",
    ) -> str:
        """A token for a user: compact JWS, good from now for ttl_seconds. Raises KeyRefused.

        session_id: becomes `sid`; empty: the token belongs to no session.

        `iat` has milliseconds (RFC 7519 section 2 allows it), because a revocation of all that
        was issued before a moment must not hit what was issued later in the same second.
        """
        claims: dict[str, object] = {
            "sub": str(user_id),
            "roles": list(roles),
            "iat": int(now * 1000) / 1000,
            "exp": int(now + ttl_seconds),
            "jti": str(uuid4()),
        }
        if session_id:
            claims["sid"] = session_id
        if self._policy.issuer is not None:
            claims["iss"] = self._policy.issuer
        if self._policy.audience is not None:
            claims["aud"] = self._policy.audience
        key = self._keys.current.signing(now)
        headers = {"typ": "at+jwt"} | ({"kid": key.key_id} if key.key_id else {})
        return jwt.encode(claims, key.signing, key.algorithm, headers=headers)
