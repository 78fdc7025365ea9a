"""The claims of an access token: their types and ranges, and what the operator asks of them.

RFC 7519 section 4.1, RFC 8725 section 3. PyJWT lets strings, huge and negative numbers pass for
times, and anything for a subject. Holds no clock: the moment is passed in.
"""

import hashlib
import re
from typing import Any
from uuid import UUID

from getme_server.errors import TokenInvalid
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.life import Life, require_begun, require_bounded, require_not_expired
from getme_server.tokens.numeric_date import LATEST, is_number
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.reader import CompactJws
from getme_server.tokens.strict_json import JsonObject

# The canonical form only: uuid.UUID() also takes braces, urn:uuid:, missing hyphens and digits
# of other scripts, and one user must have one spelling (RFC 9562 section 4).
_CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_MAX_ROLES = 32
_MAX_TEXT = 256  # characters of a role, an issuer or a token ID


def access_claims(jws: CompactJws, payload: JsonObject) -> AccessClaims:
    """The claims of a payload, each of its type and in its range. Raises TokenInvalid."""
    own_id, own_session = token_id(payload), session_id(payload)
    user_id, named_roles = subject(payload), roles(payload)
    not_before, expires, issued = life(payload)
    return AccessClaims(
        user_id=user_id,
        roles=named_roles,
        token_id=own_id,
        not_before=not_before,
        expires=expires,
        issued=issued,
        session_id=own_session,
        revocation_keys=(
            revocation_key_of(jws, own_id),
            *([session_revocation_key(own_session)] if own_session else []),
        ),
    )


def revocation_key_of(jws: CompactJws, token_id: str) -> bytes:
    """32 bytes that name a token: by its ID, or by its signed content where it has none.

    Never by its text: an ECDSA signature has a second spelling that verifies as well.
    """
    named = b"jti:" + token_id.encode() if token_id else b"jws:" + jws.signing_input
    return hashlib.sha256(named).digest()


def session_revocation_key(session_id: str) -> bytes:
    """32 bytes that name all tokens of a session."""
    return hashlib.sha256(b"sid:" + session_id.encode()).digest()


def session_id(payload: JsonObject) -> str:
    """The session that a token belongs to, empty where none is named. Raises TokenInvalid."""
    return _text(payload, "sid")


def token_id(payload: JsonObject) -> str:
    """The token's own ID, empty where it has none (RFC 7519 section 4.1.7). Raises TokenInvalid."""
    return _text(payload, "jti")


def subject(payload: JsonObject) -> UUID:
    """The user that a token names (RFC 7519 section 4.1.2). Raises TokenInvalid."""
    value = payload.get("sub")
    if not isinstance(value, str) or not _CANONICAL_UUID.fullmatch(value):
        raise TokenInvalid("its sub is not a UUID in canonical form")
    return UUID(value)


def roles(payload: JsonObject) -> tuple[str, ...]:
    """The roles that a token names, whatever they are. Raises TokenInvalid."""
    named = payload.get("roles")
    if not isinstance(named, list) or len(named) > _MAX_ROLES or not all(map(_is_text, named)):
        raise TokenInvalid("its roles are not a short list of strings")
    return tuple(named)


def life(payload: JsonObject) -> Life:
    """The moments that a token names (RFC 7519 sections 4.1.4 to 4.1.6). Raises TokenInvalid."""
    return Life(
        _numeric_date(payload, "nbf") if "nbf" in payload else 0,
        _numeric_date(payload, "exp"),
        _numeric_date(payload, "iat") if "iat" in payload else None,
    )


def require_parties(payload: JsonObject, policy: TokenPolicy) -> None:
    """Issuer and audience. Raises TokenInvalid."""
    require_issuer(payload, policy)
    require_audience(payload, policy)


def require_issuer(payload: JsonObject, policy: TokenPolicy) -> None:
    """It comes from the configured issuer (RFC 8725 section 3.8). Raises TokenInvalid."""
    issuer = _text(payload, "iss")
    if policy.issuer is not None and issuer != policy.issuer:
        raise TokenInvalid("its iss is not the configured issuer")


def require_audience(payload: JsonObject, policy: TokenPolicy) -> None:
    """It is for the configured audience (RFC 8725 section 3.9). Raises TokenInvalid.

    A token that names an audience is for that audience only (RFC 7519 section 4.1.3): where none
    is configured, none can match.
    """
    if policy.audience is None and "aud" not in payload:
        return
    audience = payload.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if policy.audience not in audiences or not all(map(_is_text, audiences)):
        raise TokenInvalid("its aud does not name the configured audience")


def require_members(payload: JsonObject, policy: TokenPolicy) -> None:
    """What the operator asks for is there (typ is the header's). Raises TokenInvalid."""
    missing = sorted(name for name in policy.required - {"typ"} if payload.get(name, "") == "")
    if missing:
        raise TokenInvalid(f"it has no {', '.join(missing)}, which GETME_TOKEN_REQUIRE asks for")


def require_life(claims: AccessClaims, policy: TokenPolicy, now: float) -> None:
    """It is good at this moment, and does not live longer than any token may.

    Raises TokenExpired if exp is leeway or more before now (RFC 7519 section 4.1.4),
    TokenInvalid if nbf or iat are more than leeway in the future, or if it lives too long.
    """
    require_not_expired(claims.expires, policy, now)
    require_begun(claims.not_before, claims.issued, policy, now)
    require_bounded(claims.expires, claims.issued, policy, now)


def _text(payload: JsonObject, name: str) -> str:
    """A claim that is a short string where it is there at all, else empty."""
    value = payload.get(name, "")
    if not _is_text(value):
        raise TokenInvalid(f"its {name} is not a short string")
    return str(value)


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return False
    return value.isascii() or _is_unicode(value)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell
        return False
    return True


def _numeric_date(payload: JsonObject, name: str) -> float:
    """A claim that is seconds since 1970 (RFC 7519 section 2, NumericDate)."""
    value: Any = payload.get(name)
    if not is_number(value):
        raise TokenInvalid(f"its {name} is not a number of seconds")
    if not 0 <= value <= LATEST:
        raise TokenInvalid(f"its {name} is out of range")
    moment: float = value
    return moment
