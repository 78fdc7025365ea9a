"""JSON Web Keys of every type, and what an answer may and may not show of them."""

from collections.abc import Iterator

# RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2. What the members hold means nothing
# to a gateway.
PUBLIC_KEYS = (
    {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "r1", "n": "modulus", "e": "AQAB"},
    {"kty": "EC", "use": "sig", "alg": "ES256", "kid": "e1", "crv": "P-256", "x": "x", "y": "y"},
    {"kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": "o1", "crv": "Ed25519", "x": "x"},
)
PUBLIC_MEMBERS = frozenset({"kty", "use", "alg", "kid", "crv", "x", "y", "n", "e"})
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def members_of(value: object) -> Iterator[str]:
    """Every key of every object within a JSON value, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from members_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members_of(inner)
