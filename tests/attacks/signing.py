"""Signing kits: how the server under attack signs, and what an attacker knows of its key.

The families of attacks are the same for every kit. A secret has no public form, so that the kit
of HS256 shows a stranger's: a server that takes a published key for a secret falls for any.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.servers.programs import SECRET
from tests.unit.tokens.forging import base64url

Sign = Callable[[bytes], bytes]

_DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_TO_JWK: dict[str, Callable[[Any], str]] = {
    "RS256": RSAAlgorithm.to_jwk,
    "ES256": ECAlgorithm.to_jwk,
    "EdDSA": OKPAlgorithm.to_jwk,
}
_PEM_LINE = 64


@dataclass(frozen=True)
class SigningKit:
    """One algorithm with a key.

    header: what our tokens' headers have beside alg and typ. verifying: the key, as PyJWT takes
    it. public_forms: the spellings of a public key that an attacker may use as a secret.
    private_jwk: for the server's keys file, empty for a secret.
    """

    algorithm: str
    header: Mapping[str, str]
    sign: Sign
    verifying: Any
    public_forms: Mapping[str, bytes]
    private_jwk: Mapping[str, Any]


# Of the keys that a server has beside each other.
KEY_IDS = {"RS256": "key-rsa", "ES256": "key-ec", "EdDSA": "key-okp"}


def new_kit(algorithm: str) -> SigningKit:
    """HS256 with the secret of the tests' server, or another algorithm with a new key."""
    return _secret_kit() if algorithm == "HS256" else _asymmetric_kit(algorithm)


def hmac_sign(algorithm: str, secret: bytes) -> Sign:
    """Signs with a secret that no library would accept as well."""
    return lambda signed: hmac.digest(secret, signed, _DIGESTS[algorithm])


def signer(algorithm: str, private: Any) -> Sign:
    """Signs as PyJWT does."""
    implementation = jwt.get_algorithm_by_name(algorithm)
    return lambda signed: implementation.sign(signed, private)


def new_signer(algorithm: str) -> Sign:
    """Signs with a key that nobody has seen before: an attacker's own."""
    return signer(algorithm, _private_key(algorithm))


def jwk_of(algorithm: str, key: Any) -> dict[str, Any]:
    """A key as a JSON Web Key (RFC 7517)."""
    members: dict[str, Any] = json.loads(_TO_JWK[algorithm](key))
    return {k: v for k, v in members.items() if k != "key_ops"}


def _secret_kit() -> SigningKit:
    sign = hmac_sign("HS256", SECRET.encode())
    return SigningKit("HS256", {}, sign, SECRET, _asymmetric_kit("RS256").public_forms, {})


def _asymmetric_kit(algorithm: str) -> SigningKit:
    private = _private_key(algorithm)
    public = private.public_key()
    return SigningKit(
        algorithm,
        {"kid": KEY_IDS[algorithm]},
        signer(algorithm, private),
        public,
        _public_forms(algorithm, public),
        jwk_of(algorithm, private) | {"kid": KEY_IDS[algorithm]},
    )


def _private_key(algorithm: str) -> Any:
    if algorithm in {"RS256", "PS256"}:
        return generate_rsa_key(public_exponent=65_537, key_size=2_048)
    if algorithm == "ES256":
        return generate_private_key(SECP256R1())
    return Ed25519PrivateKey.generate()


def _public_forms(algorithm: str, public: Any) -> Mapping[str, bytes]:
    jwk = jwk_of(algorithm, public)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    body = base64.b64encode(der)
    lines = [body[at : at + _PEM_LINE] for at in range(0, len(body), _PEM_LINE)]
    return {
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        "PEM with CRLF": b"\r\n".join(
            [b"-----BEGIN PUBLIC KEY-----", *lines, b"-----END PUBLIC KEY-----"]
        ),
        "PEM without its frame": b"\n".join(lines),
        "DER": der,
        "base64 of DER": body,
        "base64url of DER": base64url(der).encode(),
        "hexadecimal of DER": der.hex().encode(),
        "JWK": json.dumps(jwk, separators=(",", ":")).encode(),
        "JWK with spaces": json.dumps(jwk).encode(),
        "JWK sorted": json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode(),
        "JWK set": json.dumps({"keys": [jwk]}, separators=(",", ":")).encode(),
        "SSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        **_numbers(public, jwk),
    }


def _numbers(public: Any, jwk: Mapping[str, str]) -> Mapping[str, bytes]:
    """The forms that only one kind of key has."""
    if isinstance(public, RSAPublicKey):
        return {
            "PEM of PKCS 1": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1).strip(),
            "DER of PKCS 1": public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
            "modulus in base64url": jwk["n"].encode(),
            "modulus in hexadecimal": f"{public.public_numbers().n:x}".encode(),
        }
    if isinstance(public, EllipticCurvePublicKey):
        return {
            "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
            "compressed point": public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint),
            "x in base64url": jwk["x"].encode(),
        }
    return {
        "raw": public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        "x in base64url": jwk["x"].encode(),
    }
