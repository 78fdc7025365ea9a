"""Access-token rules: signature, times, subject, roles, issuer, audience, kind.

RFC 7519 section 4.1, RFC 8725 section 3. Holds no clock: the moment is passed in. The reader
checks the form; PyJWT does the cryptography; the claims' types and ranges are checked here,
because PyJWT lets strings, huge and negative numbers pass for times.
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt

from getme_server.errors import TokenInvalid
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.errors import TokenExpired
from getme_server.tokens.key_set import SecretKeys
from getme_server.tokens.reader import JsonObject, read

# The canonical form only: uuid.UUID() also takes braces, urn:uuid:, missing hyphens and digits
# of other scripts, and one user must have one spelling (RFC 9562 section 4).
_CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})  # RFC 9068 section 2.1
_MAX_NUMERIC_DATE = 253_402_300_799  # the last second of the year 9999
_MAX_ROLES = 32
_MAX_TEXT = 256  # characters of a role or a token ID


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """What is asked of a token beyond a good signature and the three claims.

    issuer, audience: required where set. leeway_seconds: how far clocks may differ.
    """

    issuer: str | None = None
    audience: str | None = None
    leeway_seconds: float = 0


class Verifier:
    """Decides whether a token was signed by our key and is good at a given moment."""

    def __init__(self, keys: SecretKeys, policy: TokenPolicy) -> None:
        self._keys = keys
        self._policy = policy

    def verify(self, token: str, *, now: float) -> AccessClaims:
        """Claims of a valid access token.

        token: compact JWS. now: seconds since 1970. Raises TokenExpired if exp is leeway or
        more before now (RFC 7519 section 4.1.4), TokenInvalid for any other fault. Only a token
        with a good signature is ever called expired.
        """
        header, payload = read(token)
        self._require_header(header)
        self._require_signature(token)
        claims = self._claims(payload)
        self._require_times(claims, payload, now)
        return claims

    def _require_header(self, header: JsonObject) -> None:
        """The algorithm is the key's, never the header's (RFC 8725 section 3.1)."""
        if header.get("alg") != self._keys.algorithm:
            raise TokenInvalid(f"its algorithm is not {self._keys.algorithm}")
        if "crit" in header or "b64" in header or "zip" in header:
            raise TokenInvalid("it asks for an extension (RFC 7515 section 4.1.11)")
        kind = header.get("typ", "JWT")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise TokenInvalid("its typ is not that of an access token (RFC 8725 section 3.11)")

    def _require_signature(self, token: str) -> None:
        for secret in self._keys.verifying:
            try:
                jwt.api_jws.decode(token, key=secret, algorithms=[self._keys.algorithm])
            except jwt.InvalidSignatureError:
                continue
            except jwt.PyJWTError as refused:
                raise TokenInvalid("the JWT library refuses it") from refused
            return
        raise TokenInvalid("its signature is not ours")

    def _claims(self, payload: JsonObject) -> AccessClaims:
        self._require_parties(payload)
        subject = payload.get("sub")
        if not isinstance(subject, str) or not _CANONICAL_UUID.fullmatch(subject):
            raise TokenInvalid("its sub is not a UUID in canonical form")
        return AccessClaims(
            user_id=UUID(subject),
            roles=_roles(payload),
            token_id=_token_id(payload),
            not_before=_numeric_date(payload, "nbf", default=0),
            expires=_numeric_date(payload, "exp"),
        )

    def _require_parties(self, payload: JsonObject) -> None:
        """Issuer and audience (RFC 8725 sections 3.8 and 3.9).

        A token that names an audience is for that audience only (RFC 7519 section 4.1.3): where
        none is configured, none can match.
        """
        if self._policy.issuer is not None and payload.get("iss") != self._policy.issuer:
            raise TokenInvalid("its iss is not the configured issuer")
        if self._policy.audience is None and "aud" not in payload:
            return
        audience = payload.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self._policy.audience not in audiences or not all(isinstance(a, str) for a in audiences):
            raise TokenInvalid("its aud does not name the configured audience")

    def _require_times(self, claims: AccessClaims, payload: JsonObject, now: float) -> None:
        leeway = self._policy.leeway_seconds
        if claims.expires <= now - leeway:
            raise TokenExpired
        if claims.not_before > now + leeway:
            raise TokenInvalid("its nbf is in the future")
        if _numeric_date(payload, "iat", default=0) > now + leeway:
            raise TokenInvalid("its iat is in the future")


def _roles(payload: JsonObject) -> tuple[str, ...]:
    roles = payload.get("roles")
    if not isinstance(roles, list) or len(roles) > _MAX_ROLES or not all(map(_is_text, roles)):
        raise TokenInvalid("its roles are not a short list of strings")
    return tuple(roles)


def _token_id(payload: JsonObject) -> str:
    token_id = payload.get("jti", "")
    if not _is_text(token_id):
        raise TokenInvalid("its jti is not a short string")
    return str(token_id)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _numeric_date(payload: JsonObject, name: str, default: float | None = None) -> float:
    """A claim that is seconds since 1970 (RFC 7519 section 2, NumericDate)."""
    value = payload.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):  # bool is an int to Python
        raise TokenInvalid(f"its {name} is not a number of seconds")
    if not 0 <= value <= _MAX_NUMERIC_DATE:
        raise TokenInvalid(f"its {name} is out of range")
    return value
