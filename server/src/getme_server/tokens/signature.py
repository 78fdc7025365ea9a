"""The header and the signature of a token (RFC 7515 section 5.2, RFC 8725 sections 3.1 to 3.10).

`jwk`, `jku`, `x5u` and `x5c` name keys that a forger would bring along: they are not looked at.
"""

from getme_server.errors import TokenInvalid
from getme_server.tokens.key import Key
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.reader import CompactJws
from getme_server.tokens.strict_json import JsonObject

_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})  # RFC 9068 section 2.1
_EXTENSIONS = ("crit", "b64", "zip")


def require_kind(header: JsonObject, *, required: frozenset[str]) -> None:
    """A JWS without extensions whose typ, where it has one, is that of an access token.

    required: with `typ` among it, the token must say that it is an access token (RFC 9068).
    Raises TokenInvalid.
    """
    require_no_extension(header)
    require_type(header, required=required)


def require_no_extension(header: JsonObject) -> None:
    """It asks for nothing that a reader must understand beyond RFC 7515. Raises TokenInvalid."""
    if any(name in header for name in _EXTENSIONS):
        raise TokenInvalid("it asks for an extension (RFC 7515 section 4.1.11)")


def require_type(header: JsonObject, *, required: frozenset[str]) -> None:
    """Its typ, where it has one, is that of an access token. required: as in `require_kind`.

    Raises TokenInvalid.
    """
    kind = header.get("typ", "" if "typ" in required else "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenInvalid("its typ is not that of an access token (RFC 8725 section 3.11)")
    if "typ" in required and kind.lower() == "jwt":
        raise TokenInvalid("its typ is not at+jwt, which is required (RFC 9068 section 2.1)")


def candidate_keys(header: JsonObject, keys: KeySet) -> tuple[Key, ...]:
    """The keys of ours that may have signed a token, at least one. Raises TokenInvalid."""
    candidates = keys.candidates(header)
    if not candidates:
        raise TokenInvalid("no key of ours has its algorithm and key ID (RFC 8725 section 3.1)")
    return candidates


def require_signature(jws: CompactJws, keys: KeySet) -> Key:
    """The key of ours that has signed it. Raises TokenInvalid."""
    for key in candidate_keys(jws.header, keys):
        if key.verifies(jws.signing_input, jws.signature):
            return key
    raise TokenInvalid("its signature is not ours")
