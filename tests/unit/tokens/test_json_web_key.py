"""Which JWK is a key that getme signs or verifies with; every other is refused with its reason."""

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.json_web_key import MAX_KEY_ID, key_of_jwk
from getme_server.tokens.thumbprint import thumbprint
from tests.unit.tokens.forging import base64url
from tests.unit.tokens.signing_keys import EC, ED, PRIVATE, RSA, other_jwk, public
from tests.unit.tokens.test_roca import flawed_prime

ROCA = flawed_prime(2**60, 3) * flawed_prime(2**60 + 1, 5)  # need not be of two primes


def number(value: int) -> str:
    """base64urlUInt (RFC 7518 section 2)."""
    return base64url(value.to_bytes((value.bit_length() + 7) // 8))


def made(bits: int, exponent: int = 65_537) -> dict[str, Any]:
    """A sound RSA key of a size, with its private part."""
    key = rsa.generate_private_key(public_exponent=exponent, key_size=bits)
    return RSAAlgorithm.to_jwk(key, as_dict=True)


def without(jwk: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name not in names}


@pytest.mark.parametrize("kind", PRIVATE)
def test_private_key_signs_and_verifies(kind: str) -> None:
    key = key_of_jwk(dict(PRIVATE[kind]))
    assert key.algorithm == kind
    assert key.signing is not None
    assert key.signs_from == 0
    told = public(PRIVATE[kind])
    assert key.public_jwk == {"kid": thumbprint(told), "alg": kind, "use": "sig"} | told


@pytest.mark.parametrize("kind", PRIVATE)
def test_public_key_verifies_only(kind: str) -> None:
    key = key_of_jwk(public(PRIVATE[kind]))
    assert (key.algorithm, key.signing) == (kind, None)
    assert key.public_jwk == key_of_jwk(dict(PRIVATE[kind])).public_jwk


ADDED: dict[str, dict[str, Any]] = {
    "alg": {"alg": "EdDSA"},
    "use": {"use": "sig"},
    "key_ops": {"key_ops": ["sign", "verify"]},
    "key_ops of signing alone": {"key_ops": ["sign"]},
    "kid": {"kid": "2026-11"},
    "longest kid": {"kid": "k" * MAX_KEY_ID},
    "kid of another script": {"kid": "\u043a\u043b\u044e\u0447"},
    "empty kid, as if there were none": {"kid": ""},
    "signs_from": {"signs_from": 1_900_000_000},
    "signs_from with a fraction": {"signs_from": 0.5},
    "certificate, not looked at": {"x5c": ["AA=="], "x5t": "x", "x5u": "http://127.0.0.1:1/"},
    "member that nobody knows": {"ext": True},
}


@pytest.mark.parametrize("members", ADDED.values(), ids=ADDED)
def test_registered_members_may_stand_in_a_key(members: dict[str, Any]) -> None:
    key = key_of_jwk({**ED, **members})
    assert key.key_id == (members.get("kid") or thumbprint(ED))
    assert key.signs_from == members.get("signs_from", 0)
    assert set(key.public_jwk) == {"kid", "alg", "use", "kty", "crv", "x"}


def test_public_key_may_say_that_it_only_verifies() -> None:
    assert key_of_jwk(public(ED) | {"key_ops": ["verify"]}).signing is None


@pytest.mark.parametrize("bits", [2_048, 3_072, 4_096])
def test_rsa_key_of_a_usual_size_is_taken(bits: int) -> None:
    assert key_of_jwk(public(made(bits))).algorithm == "RS256"


def test_rsa_key_without_its_primes_signs_too() -> None:
    assert key_of_jwk(without(RSA, "p", "q", "dp", "dq", "qi")).signing is not None


NO_KIND = "of no kind that getme uses"
NO_FIT = "its numbers do not fit|is not base64url|spare bits|zero byte"
PURPOSE = "key_ops are not those of a signature"
KEY_ID = "a key ID is a printable string of at most 256 characters"
TURN = "signs_from is a number of seconds since 1970"

# JWK, what the refusal says
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({}, NO_KIND),
    "secret": ({"kty": "oct", "k": "AAAA", "alg": "HS256"}, "goes into GETME_SECRET_KEY"),
    "kty unknown": ({**ED, "kty": "AKP"}, NO_KIND),
    "kty in small letters": ({**EC, "kty": "ec"}, NO_KIND),
    "kty null": ({**ED, "kty": None}, NO_KIND),
    "kty a list": ({**ED, "kty": ["OKP"]}, NO_KIND),
    "kty of another": ({**ED, "kty": "EC"}, NO_KIND),
    "no crv": (without(EC, "crv"), NO_KIND),
    "crv P-384": ({**EC, "crv": "P-384"}, NO_KIND),
    "crv secp256k1": ({**EC, "crv": "secp256k1"}, NO_KIND),
    "crv Ed448": ({**ED, "crv": "Ed448"}, NO_KIND),
    "crv X25519, which signs nothing": ({**ED, "crv": "X25519"}, NO_KIND),
    "crv of another kind": ({**ED, "crv": "P-256"}, NO_KIND),
    "crv a list": ({**EC, "crv": ["P-256"]}, NO_KIND),
    "crv a dict": ({**EC, "crv": {}}, NO_KIND),
    "alg RS512": ({**RSA, "alg": "RS512"}, NO_KIND),
    "alg PS256": ({**RSA, "alg": "PS256"}, NO_KIND),
    "alg RSA-OAEP": ({**RSA, "alg": "RSA-OAEP"}, NO_KIND),
    "alg HS256": ({**RSA, "alg": "HS256"}, NO_KIND),
    "alg none": ({**ED, "alg": "none"}, NO_KIND),
    "alg null": ({**ED, "alg": None}, NO_KIND),
    "alg a list": ({**ED, "alg": ["EdDSA"]}, NO_KIND),
    "use enc": ({**RSA, "use": "enc"}, "its use is not sig"),
    "use empty": ({**ED, "use": ""}, "its use is not sig"),
    "use null": ({**ED, "use": None}, "its use is not sig"),
    "use a list": ({**ED, "use": ["sig"]}, "its use is not sig"),
    "key_ops of encryption": ({**RSA, "key_ops": ["encrypt", "decrypt"]}, PURPOSE),
    "key_ops of both": ({**ED, "key_ops": ["sign", "encrypt"]}, PURPOSE),
    "key_ops without sign": ({**ED, "key_ops": ["verify"]}, PURPOSE),
    "key_ops of a public key without verify": (public(ED) | {"key_ops": ["sign"]}, PURPOSE),
    "key_ops empty": ({**ED, "key_ops": []}, PURPOSE),
    "key_ops a string": ({**ED, "key_ops": "sign"}, PURPOSE),
    "key_ops of lists": ({**ED, "key_ops": [["sign"]]}, PURPOSE),
    "no n": (without(RSA, "n"), "lacks n"),
    "no e": (without(RSA, "e"), "lacks e"),
    "no y": (without(EC, "y"), "lacks y"),
    "no x": (without(ED, "x"), "lacks x"),
    "x a number": ({**ED, "x": 1}, "lacks x, or it is not a string"),
    "x null": ({**EC, "x": None}, "lacks x, or it is not a string"),
    "d a number": ({**ED, "d": 1}, "lacks d, or it is not a string"),
    "p null": ({**RSA, "p": None}, "lacks p, or it is not a string"),
    "x padded": ({**ED, "x": ED["x"] + "="}, NO_FIT),
    "x with spare bits": ({**ED, "x": ED["x"][:-1] + "p"}, NO_FIT),
    "x in base64, not base64url": ({**ED, "x": ED["x"].replace("_", "/")}, NO_FIT),
    "x with a space": ({**ED, "x": f" {ED['x']}"}, NO_FIT),
    "x with a newline": ({**EC, "x": f"{EC['x']}\n"}, NO_FIT),
    "x empty": ({**ED, "x": ""}, NO_FIT),
    "x a lone surrogate": ({**ED, "x": "\ud800"}, NO_FIT),
    "n a lone surrogate": ({**RSA, "n": "\ud800"}, NO_FIT),
    "y of another script": ({**EC, "y": "\u0661" * 43}, NO_FIT),
    "d padded": ({**ED, "d": ED["d"] + "="}, NO_FIT),
    "d empty": ({**ED, "d": ""}, NO_FIT),
    "x too short": ({**ED, "x": base64url(bytes(31))}, NO_FIT),
    "x too long": ({**ED, "x": base64url(bytes(33))}, NO_FIT),
    "d too long": ({**ED, "d": base64url(bytes(33))}, NO_FIT),
    "point not on the curve": ({**public(EC), "y": EC["x"]}, NO_FIT),
    "point at zero": ({**public(EC), "x": base64url(bytes(32)), "y": base64url(bytes(32))}, NO_FIT),
    "coordinate of 31 bytes": ({**public(EC), "x": base64url(bytes(31))}, NO_FIT),
    "private part zero": ({**EC, "d": base64url(bytes(32))}, NO_FIT),
    "RSA of zeros": (public(RSA) | {"n": "AA"}, NO_FIT),
    "RSA with an even exponent": (public(RSA) | {"e": number(65_538)}, NO_FIT),
    "RSA with the exponent 1": (public(RSA) | {"e": "AQ"}, NO_FIT),
    "RSA with the exponent 3": (public(RSA) | {"e": "Aw"}, "exponent 3, fewer than 65537"),
    "RSA with the exponent 65535": (public(RSA) | {"e": number(65_535)}, "exponent 65535, fewer"),
    "RSA with one prime of five": (without(RSA, "q", "dp", "dq", "qi"), NO_FIT),
    "RSA with three primes": ({**RSA, "oth": []}, NO_FIT),
    "RSA with its primes exchanged for others": ({**RSA, "p": RSA["q"]}, NO_FIT),
    "RSA of 1024 bits": (public(made(1_024)), "has 1024 bits; RSA keys have 2048 to 8192"),
    "RSA of 2047 bits": (
        public(RSA) | {"n": number(2**2_046 + 1)}, "has 2047 bits; RSA keys have 2048 to 8192"
    ),
    "RSA of 8193 bits": (
        public(RSA) | {"n": number(2**8_192 + 1)}, "has 8193 bits; RSA keys have 2048 to 8192"
    ),
    "RSA of the flawed generator": (
        public(RSA) | {"n": number(ROCA)}, r"made by a flawed generator \(ROCA\)"
    ),
    "kid too long": ({**ED, "kid": "k" * (MAX_KEY_ID + 1)}, KEY_ID),
    "kid with a newline": ({**ED, "kid": "a\nb"}, KEY_ID),
    "kid with NUL": ({**ED, "kid": "a\0"}, KEY_ID),
    "kid with ESC": ({**ED, "kid": "\x1b[2J"}, KEY_ID),
    "kid turned round": ({**ED, "kid": "a\u202eb"}, KEY_ID),
    "kid a lone surrogate": ({**ED, "kid": "\ud800"}, KEY_ID),
    "kid a number": ({**ED, "kid": 1}, KEY_ID),
    "kid zero": ({**ED, "kid": 0}, KEY_ID),
    "kid a list": ({**ED, "kid": ["a"]}, KEY_ID),
    "signs_from a string": ({**ED, "signs_from": "1900000000"}, TURN),
    "signs_from null": ({**ED, "signs_from": None}, TURN),
    "signs_from true": ({**ED, "signs_from": True}, TURN),
    "signs_from negative": ({**ED, "signs_from": -1}, TURN),
    "signs_from infinite": ({**ED, "signs_from": float("inf")}, TURN),
}  # fmt: skip


@pytest.mark.parametrize(("jwk", "says"), REFUSED.values(), ids=REFUSED)
def test_jwk_that_is_no_good_key_is_refused_with_its_reason(jwk: dict[str, Any], says: str) -> None:
    with pytest.raises(KeyRefused, match=says):
        key_of_jwk(jwk)


@pytest.mark.parametrize("kind", PRIVATE)
def test_private_part_of_another_key_is_refused(kind: str) -> None:
    private = without(other_jwk(kind), "kty", "crv", "n", "e", "x", "y")
    with pytest.raises(KeyRefused, match=f"{NO_FIT}|its private part is another key's"):
        key_of_jwk(public(PRIVATE[kind]) | private)


UNSOUND: dict[str, dict[str, Any]] = {
    "use": {"use": "enc"},
    "signs_from": {"signs_from": -1},
    "kid": {"kid": "\n"},
    "numbers": {"n": "!", "x": "!"},
    "private part": {"d": "!"},
}


@pytest.mark.parametrize("members", UNSOUND.values(), ids=UNSOUND)
@pytest.mark.parametrize("kind", PRIVATE)
def test_refusal_never_quotes_a_private_part(kind: str, members: dict[str, Any]) -> None:
    jwk = PRIVATE[kind]
    with pytest.raises(KeyRefused) as refused:
        key_of_jwk({**jwk, **members})
    told = f"{refused.value!r} {refused.value.__cause__!r}"
    assert not any(part in told for part in set(jwk.values()) - set(public(jwk).values()))


def test_weak_key_is_refused_with_the_way_to_a_good_one() -> None:
    for jwk in (made(1_024), {**public(RSA), "e": "Aw"}, {**RSA, "use": "enc"}, {**RSA, "kty": ""}):
        with pytest.raises(KeyRefused, match="getme-server keys generate"):
            key_of_jwk(dict(jwk))
