"""Forgeries by what a header says of keys: jwk, jku, x5u, x5c and kid (RFC 8725 section 3.10).

Each is signed by the attacker's key that it names, so that a server that follows it would accept.
"""

import base64
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.attacks import signing
from tests.attacks.case import ACCEPTED, TOKEN_INVALID, Case, sent
from tests.attacks.forge import CANARY, Forge
from tests.attacks.signing import Sign, hmac_sign, jwk_of, signer
from tests.unit.tokens.forging import base64url

ATTACKERS_SECRET = b"the attacker's own secret, long enough"
# A key ID that leads to a key that the attacker knows, and that key.
KEY_IDS: dict[str, tuple[Any, bytes]] = {
    "empty": ("", b""),
    "dev null": ("../../dev/null", b""),
    "dev null, absolute": ("/dev/null", b""),
    "dev null in many steps": ("../" * 12 + "dev/null", b""),
    "dev null, encoded": ("..%2f..%2fdev%2fnull", b""),
    "dev null, NUL after it": ("/dev/null\0.pem", b""),
    "kernel setting": ("/proc/sys/kernel/randomize_va_space", b"2\n"),
    "own environment": ("/proc/self/environ", b""),
    "file address": ("file:///dev/null", b""),
    "shell": ("|sleep 10", b""),
    "shell, substituted": ("$(sleep 10)", b""),
    "shell, quoted back": ("`sleep 10`", b""),
    "shell, and then": ("key; sleep 10 #", b""),
    "SQL union": ("x' UNION SELECT 'attacker", b"attacker"),
    "SQL always": ("' OR '1'='1", b""),
    "SQL drop": ("'; DROP TABLE users; --", b""),
    "CQL": ("' ALLOW FILTERING; --", b""),
    "LDAP": ("*)(uid=*))(|(uid=*", b""),
    "template": ("{{7*7}}${7*7}#{7*7}", b"49"),
    "log4j": ("${jndi:ldap://127.0.0.1:1/x}", b""),
    "format": ("%s%s%n{0.__class__}", b""),
    "CRLF": ("x\r\nauthorization: Bearer x", b""),
    "newline and a log line": ('x\n{"event":"call","reason":"fine"}', b""),
    "terminal": ("\x1b[2J\x1b]0;x\x07", b""),
    "NUL": ("\0", b"\0"),
    "prototype": ("__proto__", b""),
    "constructor": ("constructor", b""),
    "attribute": ("__class__", b""),
    "unknown": (CANARY, b"unknown"),
    "zero": ("0", b""),
    "index": ("keys[0]", b""),
    "star": ("*", b""),
    "lone surrogate": ("\ud800", b""),
    "right to left": ("\u202eyek", b""),
    "3 KiB": (CANARY * 180, b""),
    "list": (["a"], b""),
    "empty list": ([], b""),
    "dict": ({"kid": "a"}, b""),
    "null": (None, b""),
    "true": (True, b""),
    "number": (0, b""),
    "float": (1.5, b""),
    "huge number": (10**300, b""),
}
ADDRESSES = ("jku", "x5u", "iss", "url", "u", "href", "@id", "jwks_uri", "src")


def brought_key(forge: Forge) -> Iterator[Case]:
    """The token brings the key that verifies it (CVE-2018-0114)."""
    private = generate_private_key(public_exponent=65_537, key_size=2_048)
    public = private.public_key()
    rsa = jwk_of("RS256", public)
    secret = {"kty": "oct", "k": base64url(ATTACKERS_SECRET)}
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    by_rsa, by_secret = signer("RS256", private), hmac_sign("HS256", ATTACKERS_SECRET)
    certificate = base64.b64encode(der).decode()
    for name, algorithm, sign, members in (
        ("jwk of RSA", "RS256", by_rsa, {"jwk": rsa}),
        ("jwk of RSA with our algorithm", forge.kit.algorithm, by_rsa, {"jwk": rsa}),
        ("jwk of RSA and its kid", "RS256", by_rsa, {"jwk": rsa | {"kid": "a"}, "kid": "a"}),
        ("jwk in a list", "RS256", by_rsa, {"jwk": [rsa]}),
        ("jwks", "RS256", by_rsa, {"jwks": {"keys": [rsa]}}),
        ("keys", "RS256", by_rsa, {"keys": [rsa]}),
        ("x5c", "RS256", by_rsa, {"x5c": [certificate]}),
        ("x5c as text", "RS256", by_rsa, {"x5c": certificate}),
        ("x5c and x5t", "RS256", by_rsa, {"x5c": [certificate], "x5t": "AAAA", "x5t#S256": "AA"}),
        ("kid is PEM", "RS256", by_rsa, {"kid": pem}),
        ("jwk of a secret", "HS256", by_secret, {"jwk": secret}),
        ("jwk of a secret and its kid", "HS256", by_secret, {"jwk": secret, "kid": "a"}),
        ("jwk of an empty secret", "HS256", hmac_sign("HS256", b""), {"jwk": secret | {"k": ""}}),
        ("kid is the secret", "HS256", by_secret, {"kid": ATTACKERS_SECRET.decode()}),
        ("kid is the jwk", "HS256", by_secret, {"kid": secret}),
        ("k", "HS256", by_secret, {"k": base64url(ATTACKERS_SECRET)}),
        ("epk", "HS256", by_secret, {"epk": secret}),
    ):
        yield _forged(forge, name, algorithm, sign, members)


def key_address(forge: Forge) -> Iterator[Case]:
    """The token says where its key is to be fetched: nobody must go there (CVE-2026-48522)."""
    sign = hmac_sign(*_HS256)
    for member in ADDRESSES:
        address = f"http://{forge.listener}/{member}/jwks.json"
        yield _forged(forge, f"{member}, HS256", "HS256", sign, {member: address})
        yield _forged(forge, f"{member}, RS256", "RS256", sign, {member: address})
    addresses: dict[str, Any] = {
        "https": f"https://{forge.listener}/",
        "user information": f"http://trusted.example@{forge.listener}/",
        "scheme left out": f"//{forge.listener}/",
        "in capitals": f"HTTP://{forge.listener}/",
        "list": [f"http://{forge.listener}/"],
    }
    for name, spelling in addresses.items():
        yield _forged(forge, f"jku, {name}", forge.kit.algorithm, sign, {"jku": spelling})


def key_id(forge: Forge) -> Iterator[Case]:
    """Key IDs that lead to a file, a command, a query or a member that the attacker knows."""
    for name, (value, secret) in KEY_IDS.items():
        sign = hmac_sign("HS256", secret)
        yield _forged(forge, name, "HS256", sign, {"kid": value})
        if (ours := forge.kit.algorithm) != "HS256":
            yield _forged(forge, f"{name}, {ours}", ours, sign, {"kid": value})


def odd_key_id_of_our_own(forge: Forge) -> Iterator[Case]:
    """The same key IDs over our own signature: a secret has none, so a string is only a hint."""
    for name, (value, _secret) in KEY_IDS.items():
        known = value is None or (forge.kit.algorithm == "HS256" and isinstance(value, str))
        yield sent(name, forge.with_header(kid=value), ACCEPTED if known else TOKEN_INVALID)
    for algorithm, other in signing.KEY_IDS.items():
        right = ACCEPTED if forge.kit.algorithm in {algorithm, "HS256"} else TOKEN_INVALID
        yield sent(f"of {algorithm}", forge.with_header(kid=other), right)
        if algorithm != forge.kit.algorithm:
            yield sent(f"{algorithm} and its ID", forge.with_header(alg=algorithm, kid=other))


_HS256 = ("HS256", ATTACKERS_SECRET)


def _forged(forge: Forge, name: str, algorithm: str, sign: Sign, members: dict[str, Any]) -> Case:
    return sent(name, forge.token(forge.header | {"alg": algorithm} | members, sign=sign))
