"""Which tokens are ours: the algorithm and the key are never the token's to choose.

The tables of headers stand in test_signature.py, those of claims in test_claim_rules.py.
"""

from collections.abc import Callable
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from getme_server.errors import TokenInvalid
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.json_web_key import key_of_jwk
from getme_server.tokens.jwks import key_set_of_jwks
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.reader import read
from getme_server.tokens.secret_keys import secret_key
from getme_server.tokens.verifier import Verifier
from tests.unit.tokens.forging import (
    ABSENT,
    CLAIMS,
    EXPIRES,
    NOW,
    OTHER_SECRET,
    SECRET,
    USER_ID,
    base64url,
    forge,
    with_claims,
    with_header,
)
from tests.unit.tokens.signing_keys import (
    KINDS,
    PRIVATE,
    jwks,
    key_of,
    key_set_of,
    other_jwk,
    public,
    signed,
)
from tests.unit.tokens.verdicts import refused, verify


def test_smallest_valid_token_is_accepted() -> None:
    assert verify(forge()) == AccessClaims(
        user_id=USER_ID,
        roles=("viewer",),
        token_id="",
        not_before=0,
        expires=EXPIRES,
        issued=None,
        session_id="",
        revocation_keys=(sha256(b"jws:" + forge().rpartition(".")[0].encode()).digest(),),
        key_fingerprint=key_set_of("HS256").keys[0].fingerprint,
    )


def unsigned(alg: Any) -> str:
    return with_header(alg=alg).rpartition(".")[0] + "."


FORGED_ALGORITHMS = {
    "none, unsigned": unsigned("none"),
    "none, signed": with_header(alg="none"),
    "None": with_header(alg="None"),
    "NONE": with_header(alg="NONE"),
    "nOnE": with_header(alg="nOnE"),
    "empty": with_header(alg=""),
    "lower case": with_header(alg="hs256"),
    "trailing space": with_header(alg="HS256 "),
    "null": with_header(alg=None),
    "absent": with_header(alg=ABSENT),
    "list": with_header(alg=["HS256"]),
    "list with none": with_header(alg=["none", "HS256"]),
    "dict": with_header(alg={"HS256": "HS256"}),
    "number": with_header(alg=256),
    "true": with_header(alg=True),
    "RS256 over an HS256 signature": with_header(alg="RS256"),
    "ES256 over an HS256 signature": with_header(alg="ES256"),
    "EdDSA over an HS256 signature": with_header(alg="EdDSA"),
    "HS384 over an HS256 signature": with_header(alg="HS384"),
    "HS512 over an HS256 signature": with_header(alg="HS512"),
    "HS384 with its own signature": forge({"alg": "HS384"}, digest="sha384"),
    "HS512 with its own signature": forge({"alg": "HS512"}, digest="sha512"),
    "HS256 over an HS512 signature": forge(digest="sha512"),
    "HS256 over a cut signature": f"{forge().rpartition('.')[0]}.{base64url(b'x' * 16)}",
    "HS256 over a signature of zeros": f"{forge().rpartition('.')[0]}.{base64url(bytes(32))}",
    "HS256 with another secret": forge(secret=OTHER_SECRET),
    "HS256 with an empty secret": forge(secret=b""),
    "HS256 with the secret and a newline": forge(secret=SECRET + b"\n"),
}


@pytest.mark.parametrize("token", FORGED_ALGORITHMS.values(), ids=FORGED_ALGORITHMS)
def test_token_that_is_not_hs256_by_our_secret_is_refused(token: str) -> None:
    refused(token)


EXPIRED_AND_ALSO = {
    "forged": lambda: forge(payload={**CLAIMS, "exp": 1}, secret=OTHER_SECRET),
    "of another audience": lambda: with_claims(exp=1, aud="other"),
    "of another kind": lambda: forge({"alg": "HS256", "typ": "refresh+jwt"}, {**CLAIMS, "exp": 1}),
    "without a user": lambda: with_claims(exp=1, sub="ada"),
}


@pytest.mark.parametrize("make", EXPIRED_AND_ALSO.values(), ids=EXPIRED_AND_ALSO)
def test_only_a_token_that_was_good_once_is_called_expired(make: Callable[[], str]) -> None:
    refused(make())


def test_new_and_old_secret_verify_and_a_third_does_not() -> None:
    keys = KeySet(map(secret_key, (OTHER_SECRET, SECRET)))
    verifier = Verifier(TokenPolicy())
    for secret in (OTHER_SECRET, SECRET):
        assert verifier.verify(forge(secret=secret), keys, now=NOW).user_id == USER_ID
    with pytest.raises(TokenInvalid):
        verifier.verify(forge(secret=SECRET[::-1]), keys, now=NOW)


def test_refusals_look_alike_to_the_caller_and_differ_in_the_log() -> None:
    errors = [
        refused(forge(secret=OTHER_SECRET)),
        refused(with_claims(sub="ada")),
        refused("junk"),
    ]
    assert {error.message for error in errors} == {"the token is not valid"}
    assert len({error.cause for error in errors}) == 3
    assert not any("ada" in error.cause or str(USER_ID) in error.cause for error in errors)


ASYMMETRIC = tuple(PRIVATE)
MIXED = key_set_of_jwks(jwks(*PRIVATE.values()))
VERIFIER = Verifier(TokenPolicy())


def refused_by(keys: KeySet, token: str) -> None:
    with pytest.raises(TokenInvalid):
        VERIFIER.verify(token, keys, now=NOW)


@pytest.mark.parametrize("keys", [None, MIXED], ids=["alone", "among others"])
@pytest.mark.parametrize("kind", ASYMMETRIC)
def test_key_verifies_with_and_without_its_key_id(kind: str, keys: KeySet | None) -> None:
    key = key_of(kind)
    for header in ({"kid": key.key_id}, {}, {"kid": None}):
        token = signed(key, **header)
        claims = VERIFIER.verify(token, keys or key_set_of(kind), now=NOW)
        assert claims.user_id == USER_ID


@pytest.mark.parametrize("kind", ASYMMETRIC)
def test_public_part_alone_verifies(kind: str) -> None:
    keys = key_set_of_jwks(jwks(public(PRIVATE[kind])))
    assert VERIFIER.verify(signed(key_of(kind)), keys, now=NOW).user_id == USER_ID


# What a token may say of its key although that key has signed it.
WRONG_KEY_IDS: dict[str, Any] = {
    "unknown": "unknown",
    "empty": "",
    "with a space": f"{key_of('RS256').key_id} ",
    "cut": key_of("RS256").key_id[:-1],
    "number": 1,
    "true": True,
    "list": [key_of("RS256").key_id],
    "dict": {},
    "lone surrogate": "\ud800",
    "path": "../../dev/null",
}


@pytest.mark.parametrize("key_id", WRONG_KEY_IDS.values(), ids=WRONG_KEY_IDS)
def test_key_id_that_is_no_key_of_ours_is_refused(key_id: Any) -> None:
    refused_by(MIXED, signed(key_of("RS256"), kid=key_id))


@pytest.mark.parametrize("kind", ASYMMETRIC)
def test_key_id_of_another_key_is_refused(kind: str) -> None:
    other = key_of_jwk(dict(other_jwk(kind)))
    keys = KeySet([key_of(kind), other])
    assert VERIFIER.verify(signed(other, kid=other.key_id), keys, now=NOW).user_id == USER_ID
    refused_by(keys, signed(other, kid=key_of(kind).key_id))
    refused_by(key_set_of(kind), signed(other))


@pytest.mark.parametrize(("kind", "other"), [*permutations(ASYMMETRIC, 2)])
def test_algorithm_of_another_key_is_refused(kind: str, other: str) -> None:
    key = key_of(kind)
    refused_by(MIXED, signed(key, alg=other))
    refused_by(MIXED, signed(key, alg=other, kid=key.key_id))
    refused_by(MIXED, signed(key, kid=key_of(other).key_id))


def public_spellings(kind: str) -> dict[str, bytes]:
    """What anybody can know of a key, in every form that a careless verifier would take."""
    key = key_of(kind).verifying
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "PEM": pem,
        "PEM without its last newline": pem.rstrip(),
        "DER": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "SSH": key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "JWK": jwks(public(PRIVATE[kind]))[len('{"keys": [') : -2],
        "JWKS": jwks(public(PRIVATE[kind])),
        "key ID": key_of(kind).key_id.encode(),
        "empty": b"",
    }


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "none"])
@pytest.mark.parametrize("kind", ASYMMETRIC)
def test_public_key_is_never_a_secret(kind: str, alg: str) -> None:
    for secret in public_spellings(kind).values():
        for kid in ({}, {"kid": key_of(kind).key_id}):
            refused_by(MIXED, forge({"alg": alg} | kid, secret=secret))
            refused_by(MIXED, forge({"alg": kind} | kid, secret=secret))


@pytest.mark.parametrize("kind", ASYMMETRIC)
def test_key_that_the_header_brings_is_not_used(kind: str) -> None:
    stranger = key_of_jwk(dict(other_jwk(kind)))
    jwk = dict(stranger.public_jwk)
    refused_by(MIXED, signed(stranger, jwk=jwk))
    for key_id in (key_of(kind).key_id, stranger.key_id):
        refused_by(MIXED, signed(stranger, jwk=jwk, kid=key_id))


def es256_signature(token: str) -> tuple[int, int]:
    """The two numbers of the signature (RFC 7518 section 3.4)."""
    raw = read(token).signature
    return int.from_bytes(raw[:32]), int.from_bytes(raw[32:])


def with_signature(token: str, signature: bytes) -> str:
    return f"{token.rpartition('.')[0]}.{base64url(signature)}"


ES256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5

# r, s of a good signature -> what stands in its place
IMPOSSIBLE_ES256: dict[str, Callable[[int, int], bytes]] = {
    "DER": encode_dss_signature,
    "zeros": lambda _r, _s: bytes(64),
    "r and no s": lambda r, _s: r.to_bytes(32),
    "s zero": lambda r, _s: r.to_bytes(32) + bytes(32),
    "r zero": lambda _r, s: bytes(32) + s.to_bytes(32),
    "r the order": lambda _r, s: ES256_ORDER.to_bytes(32) + s.to_bytes(32),
    "all ones": lambda _r, _s: b"\xff" * 64,
    "a byte too long": lambda r, s: r.to_bytes(32) + s.to_bytes(32) + b"\0",
    "33 bytes each": lambda r, s: r.to_bytes(33) + s.to_bytes(33),
    "exchanged": lambda r, s: s.to_bytes(32) + r.to_bytes(32),
    "5000 bytes": lambda _r, _s: b"\xff" * 5_000,
}


@pytest.mark.parametrize("make", IMPOSSIBLE_ES256.values(), ids=IMPOSSIBLE_ES256)
def test_es256_signature_of_impossible_form_is_refused(make: Callable[[int, int], bytes]) -> None:
    token = signed(key_of("ES256"))
    refused_by(MIXED, with_signature(token, make(*es256_signature(token))))


def test_second_spelling_of_an_es256_signature_names_the_same_token() -> None:
    token = signed(key_of("ES256"))
    r, s = es256_signature(token)
    other = with_signature(token, r.to_bytes(32) + (ES256_ORDER - s).to_bytes(32))
    claims = [VERIFIER.verify(spelling, MIXED, now=NOW) for spelling in (token, other)]
    assert other != token
    assert claims[0] == claims[1]


@pytest.mark.parametrize("kind", ["RS256", "EdDSA"])
@pytest.mark.parametrize(
    "signature", [b"\0", bytes(32), bytes(64), bytes(256), b"\xff" * 256], ids=repr
)
def test_signature_of_impossible_form_is_refused(kind: str, signature: bytes) -> None:
    refused_by(MIXED, with_signature(signed(key_of(kind)), signature))


def test_secret_verifies_whatever_key_id_a_token_names() -> None:
    assert verify(signed(key_of("HS256"), kid=key_of("RS256").key_id)).user_id == USER_ID


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_told_of_the_claims_of_a_token_that_is_not_ours(kind: str) -> None:
    good, bad = signed(key_of(kind)), signed(key_of(kind), {**CLAIMS, "sub": "ada", "exp": 1})
    forged = f"{bad.rpartition('.')[0]}.{good.rpartition('.')[2]}"
    with pytest.raises(TokenInvalid) as error:
        VERIFIER.verify(forged, key_set_of(kind), now=NOW)
    assert error.value.cause == "its signature is not ours"
