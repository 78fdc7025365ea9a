"""One JSON Web Key, read strictly (RFC 7517 section 4, RFC 7518 section 6, RFC 8037).

PyJWT and cryptography read the numbers; what they let pass is refused here first: `use`,
`key_ops` and `alg` of another purpose, RSA keys that are short, flawed or have a useless
exponent, secrets.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from getme_server.tokens import base64url
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key import ALGORITHMS, Key
from getme_server.tokens.numeric_date import LATEST, is_number
from getme_server.tokens.roca import has_roca_fingerprint
from getme_server.tokens.strict_json import JsonObject
from getme_server.tokens.thumbprint import thumbprint

MIN_RSA_BITS = 2_048  # NIST SP 800-131A, RFC 7518 section 3.3
MAX_RSA_BITS = 8_192  # a longer one makes each verification cost milliseconds
MIN_RSA_EXPONENT = 65_537  # FIPS 186-5 appendix A.1.1: 2**16 < e
MAX_KEY_ID = 256
# Ours, beside the registered members (RFC 7517 section 4 allows it): seconds since 1970.
SIGNS_FROM = "signs_from"
HOW_TO_MAKE_A_KEY = "make a good one with: getme-server keys generate"

_ALGORITHMS = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "RSA": RSAAlgorithm.from_jwk,
    "EC": ECAlgorithm.from_jwk,
    "OKP": OKPAlgorithm.from_jwk,
}
_BINARY = ("n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y")
_PROBE = b"the same key signs and verifies"


def key_of_jwk(jwk: JsonObject) -> Key:
    """The key that a JWK describes, with its private part where it has one. Raises KeyRefused."""
    algorithm = _algorithm(jwk)
    _require_purpose(jwk)
    _require_canonical(jwk)
    public = {"kty": jwk["kty"]} | {name: _text(jwk, name) for name in _PUBLIC[jwk["kty"]]}
    key_id = _key_id(jwk, public)
    try:
        verifying, signing = _parts(jwk)
    except (jwt.InvalidKeyError, ValueError) as wrong:
        raise KeyRefused(f"key {key_id!r} is not a key: its numbers do not fit") from wrong
    if isinstance(verifying, RSAPublicKey):
        _require_strong(verifying, key_id)
    published = {"kid": key_id, "alg": algorithm, "use": "sig"} | public
    key = Key(key_id, algorithm, verifying, signing, _signs_from(jwk, key_id), published)
    _require_pair(key)
    return key


def _algorithm(jwk: JsonObject) -> str:
    """The one algorithm that a key is for (RFC 8725 section 3.1)."""
    kind = jwk.get("kty")
    if kind == "oct":
        raise KeyRefused("a secret stands among the keys; a secret goes into GETME_SECRET_KEY")
    curve = jwk.get("crv") if kind in ("EC", "OKP") else None
    algorithm = None
    if isinstance(kind, str) and (curve is None or isinstance(curve, str)):
        algorithm = _ALGORITHMS.get((kind, curve))
    if algorithm is None or jwk.get("alg", algorithm) != algorithm:
        raise KeyRefused(
            f"a key is of no kind that getme uses: RS256 (RSA), ES256 (EC, P-256) or EdDSA (OKP,"
            f" Ed25519); {HOW_TO_MAKE_A_KEY}"
        )
    return algorithm


def _require_purpose(jwk: JsonObject) -> None:
    """A key for signatures, not for encryption (RFC 7517 sections 4.2 and 4.3)."""
    if jwk.get("use", "sig") != "sig":
        raise KeyRefused(f"a key is not for signatures: its use is not sig; {HOW_TO_MAKE_A_KEY}")
    operations = jwk.get("key_ops")
    if operations is None:
        return
    needed = "sign" if "d" in jwk else "verify"
    if (
        not isinstance(operations, list)
        or needed not in operations
        or not all(operation in ("sign", "verify") for operation in operations)
    ):
        raise KeyRefused(f"a key's key_ops are not those of a signature; {HOW_TO_MAKE_A_KEY}")


def _require_canonical(jwk: JsonObject) -> None:
    """Each number has one spelling, so that a key has one thumbprint (RFC 7518 section 2)."""
    for name in _BINARY:
        if name in jwk:
            try:
                base64url.decode(_text(jwk, name))
            except ValueError as malformed:
                raise KeyRefused(f"a key's {name} is {malformed}") from malformed
    for name in ("n", "e"):  # of EC coordinates the length is fixed instead
        if name in jwk and base64url.decode(_text(jwk, name))[0] == 0:
            raise KeyRefused(f"a key's {name} begins with a zero byte (RFC 7518 section 2)")


def _text(jwk: JsonObject, name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise KeyRefused(f"a key lacks {name}, or it is not a string (RFC 7518 section 6)")
    return value


def _key_id(jwk: JsonObject, public: Mapping[str, str]) -> str:
    key_id = jwk.get("kid", "")
    if key_id == "":
        return thumbprint(public)
    if not isinstance(key_id, str) or len(key_id) > MAX_KEY_ID or not key_id.isprintable():
        raise KeyRefused(f"a key ID is a printable string of at most {MAX_KEY_ID} characters")
    return key_id


def _parts(jwk: JsonObject) -> tuple[Any, Any]:
    """The public key, and the private one or None. Raises ValueError, jwt.InvalidKeyError."""
    key = _READERS[jwk["kty"]](jwk)
    return (key.public_key(), key) if "d" in jwk else (key, None)


def _require_strong(key: RSAPublicKey, key_id: str) -> None:
    numbers = key.public_numbers()
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise KeyRefused(
            f"key {key_id!r} has {key.key_size} bits; RSA keys have {MIN_RSA_BITS} to"
            f" {MAX_RSA_BITS}; {HOW_TO_MAKE_A_KEY}"
        )
    if numbers.e < MIN_RSA_EXPONENT:
        raise KeyRefused(
            f"key {key_id!r} has the exponent {numbers.e}, fewer than {MIN_RSA_EXPONENT};"
            f" {HOW_TO_MAKE_A_KEY}"
        )
    if has_roca_fingerprint(numbers.n):
        raise KeyRefused(
            f"key {key_id!r} was made by a flawed generator (ROCA); {HOW_TO_MAKE_A_KEY}"
        )


def _signs_from(jwk: JsonObject, key_id: str) -> float:
    moment = jwk.get(SIGNS_FROM, 0)
    if not is_number(moment) or not 0 <= moment <= LATEST:
        raise KeyRefused(
            f"key {key_id!r}: {SIGNS_FROM} is a number of seconds since 1970, before the year 10000"
        )
    return float(moment)


def _require_pair(key: Key) -> None:
    """The private part belongs to the public one, which is what others verify with."""
    if key.signing is None:
        return
    signature = ALGORITHMS[key.algorithm].sign(_PROBE, key.signing)
    if not key.verifies(_PROBE, signature):
        raise KeyRefused(f"key {key.key_id!r}: its private part is another key's")
