"""Which secrets may sign, and how a setting spells several."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.secret_keys import MIN_SECRET_BYTES, secret_key, secret_keys
from tests.unit.tokens.forging import NOW
from tests.unit.tokens.signing_keys import PRIVATE, key_of, public

STRONG = "0123456789abcdef0123456789abcdef"

# setting, what the refusal says
REFUSED = {
    "empty": ("", "there is no secret"),
    "only spaces": ("   ", "there is no secret"),
    "only a comma": (",", "there is no secret"),
    "31 bytes": (STRONG[:31], "31 bytes, fewer than 32"),
    "one character repeated": ("a" * 64, "repeats a few characters"),
    "seven characters repeated": ("abcdefg" * 10, "repeats a few characters"),
    "new is short": (f"short,{STRONG}", "5 bytes, fewer than 32"),
    "old is short": (f"{STRONG},short", "5 bytes, fewer than 32"),
    "old is well known": (f"{STRONG},a-string-secret-at-least-256-bits-long", "well-known one"),
    "strong until its comma": ("0123456789abcdef,0123456789abcdef", "16 bytes, fewer than 32"),
    "33 secrets": (",".join([STRONG] * 33), "there are 33 keys"),
}

WELL_KNOWN = {
    "jwt.io's": "a-string-secret-at-least-256-bits-long",
    "jwt.io's for HS512": "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long-"
    "and-secure",
    "jwt.io's in capitals": "A-STRING-SECRET-AT-LEAST-256-BITS-LONG",
    "jwt.io's with underscores": "a_string_secret_at_least_256_bits_long",
    "jwt.io's in words": "A string secret at least 256 bits long!",
    "FastAPI's": "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "FastAPI's in capitals": "09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7",
    "KillrVideo's twice": "unit-test-secret-unit-test-secret-",
    "an old example three times": "your-256-bit-secret" * 3,
    "default four times": "changethis" * 4,
    "default five times with spaces": "change me " * 5,
    "password four times in other letters": "passwordPASSWORDPassWordpassWORD",
    "template": "Your-Secret-Key-Change-This-In-Production!",
}

NOT_WELL_KNOWN = {
    "well-known and more": "your-256-bit-secret" + STRONG,
    "two different ones": "your-256-bit-secret" + "unit-test-secret",
    "no letters at all": "!?$%&/()=+*~#-_.:;<>|^[]{}@\"'`\\" * 2,
}


def setting_of(kind: str, encoding: Encoding, form: PublicFormat) -> bytes:
    raw: bytes = key_of(kind).verifying.public_bytes(encoding, form)
    return raw


PUBLIC_FORMS: dict[str, Callable[[str], bytes]] = {
    "PEM": lambda kind: setting_of(kind, Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "DER": lambda kind: setting_of(kind, Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "SSH": lambda kind: setting_of(kind, Encoding.OpenSSH, PublicFormat.OpenSSH),
    "JWK": lambda kind: json.dumps(public(PRIVATE[kind])).encode(),
    "JWKS": lambda kind: json.dumps({"keys": [public(PRIVATE[kind])]}).encode(),
}
DISGUISES: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda raw: raw,
    "base64": base64.b64encode,
    "base64 without padding": lambda raw: base64.b64encode(raw).rstrip(b"="),
    "base64 in lines": base64.encodebytes,
    "base64url": base64.urlsafe_b64encode,
    "base64url without padding": lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"="),
    "hexadecimal": lambda raw: raw.hex().encode(),
    "hexadecimal in capitals": lambda raw: raw.hex().upper().encode(),
}


@pytest.mark.parametrize(("setting", "says"), REFUSED.values(), ids=REFUSED)
def test_weak_secret_is_refused(setting: str, says: str) -> None:
    with pytest.raises(KeyRefused, match=says) as refused:
        secret_keys(setting)
    assert STRONG not in str(refused.value)


@pytest.mark.parametrize("setting", ["", "short", "a" * 64, WELL_KNOWN["jwt.io's"]], ids=repr)
def test_refusal_tells_the_way_to_a_good_secret(setting: str) -> None:
    with pytest.raises(KeyRefused, match=r"secrets\.token_urlsafe\(48\)"):
        secret_keys(setting)


@pytest.mark.parametrize("secret", WELL_KNOWN.values(), ids=WELL_KNOWN)
def test_well_known_secret_is_refused_in_any_letters_and_however_often_repeated(
    secret: str,
) -> None:
    with pytest.raises(KeyRefused, match="well-known one"):
        secret_key(secret.encode())


@pytest.mark.parametrize("secret", NOT_WELL_KNOWN.values(), ids=NOT_WELL_KNOWN)
def test_secret_that_only_resembles_a_well_known_one_is_taken(secret: str) -> None:
    assert secret_key(secret.encode()).signing == secret.encode()


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("form", PUBLIC_FORMS.values(), ids=PUBLIC_FORMS)
@pytest.mark.parametrize("kind", PRIVATE)
def test_public_key_is_refused_as_a_secret_in_any_form(
    kind: str, form: Callable[[str], bytes], disguise: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(KeyRefused, match="public key in disguise"):
        secret_key(disguise(form(kind)))


def test_secret_of_exactly_the_least_length_is_taken() -> None:
    assert len(STRONG) == MIN_SECRET_BYTES
    (key,) = secret_keys(STRONG).keys
    assert (key.verifying, key.signing) == (STRONG.encode(), STRONG.encode())


def test_length_counts_bytes_not_characters() -> None:
    assert secret_keys("äöüßéèêëñç" + "abcdefghijkl").signing(NOW)


def test_secret_that_is_not_utf_8_is_taken() -> None:
    assert secret_key(bytes(range(200, 240))).signing == bytes(range(200, 240))


def test_first_of_several_signs_and_each_verifies() -> None:
    keys = secret_keys(f" {STRONG[::-1]} , {STRONG},")
    assert keys.signing(NOW).signing == STRONG[::-1].encode()
    assert [key.verifying for key in keys.candidates({"alg": "HS256"})] == [
        STRONG[::-1].encode(),
        STRONG.encode(),
    ]


def test_secret_has_no_key_id_and_nothing_to_publish() -> None:
    key: Any = secret_key(STRONG.encode())
    assert (key.key_id, key.algorithm, key.public_jwk) == ("", "HS256", {})
