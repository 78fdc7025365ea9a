"""Makes access tokens that the verifier accepts (RFC 7519)."""

from uuid import UUID, uuid4

import jwt

from getme_server.tokens.key_set import SecretKeys
from getme_server.tokens.verifier import TokenPolicy


class Issuer:
    """Signs access tokens with the first of our keys."""

    def __init__(self, keys: SecretKeys, policy: TokenPolicy) -> None:
        self._keys = keys
        self._policy = policy

    def issue(
        self, user_id: UUID, roles: tuple[str, ...], *, now: float, ttl_seconds: float
    ) -> str:
        """A token for a user: compact JWS, good from now for ttl_seconds."""
        claims: dict[str, object] = {
            "sub": str(user_id),
            "roles": list(roles),
            "iat": int(now),
            "exp": int(now + ttl_seconds),
            "jti": str(uuid4()),
        }
        if self._policy.issuer is not None:
            claims["iss"] = self._policy.issuer
        if self._policy.audience is not None:
            claims["aud"] = self._policy.audience
        return jwt.encode(
            claims, self._keys.signing, self._keys.algorithm, headers={"typ": "at+jwt"}
        )
