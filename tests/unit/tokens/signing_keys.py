"""Keys that everybody knows, one of each asymmetric kind, and tokens signed with them.

They are the examples of RFC 7515 (appendices A.2 and A.3) and RFC 8037 (appendix A.1), so that a
token that a fuzzer found fits the same key tomorrow.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from getme_server.tokens.json_web_key import key_of_jwk
from getme_server.tokens.key import ALGORITHMS, Key
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.secret_keys import secret_key
from tests.unit.tokens.forging import CLAIMS, SECRET, Part, base64url, bytes_of

RSA: Mapping[str, str] = {
    "kty": "RSA",
    "n": (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEz"
        "P1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf6"
        "3kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5Zw"
        "Kh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
        "yuXpoQ"
    ),
    "e": "AQAB",
    "d": (
        "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7Y"
        "wVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3M"
        "kqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1Zd"
        "iYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRu"
        "OopznQ"
    ),
    "p": (
        "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB"
        "0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDw"
        "GUc"
    ),
    "q": (
        "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul"
        "7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9R"
        "Wdc"
    ),
    "dp": (
        "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz"
        "-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAd"
        "Yo0"
    ),
    "dq": (
        "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3"
        "Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIi"
        "THU"
    ),
    "qi": (
        "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3"
        "ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFku"
        "Q3U"
    ),
}
EC: Mapping[str, str] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
ED: Mapping[str, str] = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
}
PRIVATE = {"RS256": RSA, "ES256": EC, "EdDSA": ED}
KINDS = ("HS256", *PRIVATE)

_PUBLIC_MEMBERS = ("kty", "crv", "n", "e", "x", "y")


def public(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """The public part of a private JWK."""
    return {name: jwk[name] for name in _PUBLIC_MEMBERS if name in jwk}


@cache
def key_of(kind: str) -> Key:
    """The key for an algorithm: one of those above, or the tests' secret."""
    return key_of_jwk(dict(PRIVATE[kind])) if kind in PRIVATE else secret_key(SECRET)


@cache
def key_set_of(kind: str) -> KeySet:
    """A set of that one key."""
    return KeySet([key_of(kind)])


@cache
def other_jwk(kind: str) -> Mapping[str, Any]:
    """Another private key for an asymmetric algorithm, made now."""
    if kind == "RS256":
        made = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        return RSAAlgorithm.to_jwk(made, as_dict=True)
    if kind == "ES256":
        return ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    return OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate(), as_dict=True)


def jwks(*keys: Mapping[str, Any]) -> bytes:
    """A key set as it stands in a file."""
    return json.dumps({"keys": [dict(key) for key in keys]}).encode()


def signature_of(key: Key, content: bytes) -> bytes:
    """The signature of a key that can sign."""
    signature: bytes = ALGORITHMS[key.algorithm].sign(content, key.signing)
    return signature


def signed(key: Key, payload: Part = CLAIMS, **header: Any) -> str:
    """A token by a key that can sign; header members are added to its algorithm."""
    start = f"{base64url(bytes_of({'alg': key.algorithm} | header))}.{base64url(bytes_of(payload))}"
    return f"{start}.{base64url(signature_of(key, start.encode()))}"
