"""New keys to sign with, as JSON Web Keys with their private part (RFC 7517, RFC 7518, RFC 8037).

The numbers are made and spelt by the package cryptography and PyJWT.
"""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key

from getme_server.tokens.json_web_key import MIN_RSA_EXPONENT, SIGNS_FROM
from getme_server.tokens.key import ALGORITHMS
from getme_server.tokens.strict_json import JsonObject
from getme_server.tokens.thumbprint import thumbprint

RSA_BITS = 3_072  # 128 bits of strength, as P-256 and Ed25519 have (NIST SP 800-57 part 1, table 2)

_NEW_KEY: dict[str, Callable[[], Any]] = {
    "ES256": lambda: new_ec_key(SECP256R1()),
    "RS256": lambda: new_rsa_key(MIN_RSA_EXPONENT, RSA_BITS),
    "EdDSA": Ed25519PrivateKey.generate,
}


def new_jwk(algorithm: str) -> JsonObject:
    """A key for ES256, RS256 or EdDSA that says of itself what it is for; RS256 takes a second."""
    numbers: JsonObject = ALGORITHMS[algorithm].to_jwk(_NEW_KEY[algorithm](), as_dict=True)
    numbers.pop("key_ops", None)  # beside `use` it says nothing (RFC 7517 section 4.3)
    return {"kid": thumbprint(numbers), "alg": algorithm, "use": "sig"} | numbers


def signs_from(jwk: JsonObject, moment: float) -> JsonObject:
    """The same key with its turn at a moment, in seconds since 1970, to the millisecond."""
    return jwk | {SIGNS_FROM: round(moment, 3)}
