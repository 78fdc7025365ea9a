"""A key set file is taken as a whole or refused as a whole, with a reason that names the key."""

import json

import pytest

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.jwks import MAX_FILE_BYTES, key_set_of_jwks
from tests.unit.tokens.forging import NOW
from tests.unit.tokens.signing_keys import EC, ED, PRIVATE, RSA, jwks, other_jwk, public

GOOD = jwks(ED)
STRICT = "it is not strict JSON in UTF-8"
SHAPE = r'it is not a JSON Web Key Set, \{"keys": \[...\]\}'

# file, what the refusal says
REFUSED = {
    "empty": (b"", STRICT),
    "not JSON": (b"-----BEGIN PRIVATE KEY-----", STRICT),
    "BOM": (b"\xef\xbb\xbf" + GOOD, STRICT),
    "UTF-16": (GOOD.decode().encode("utf-16"), STRICT),
    "trailing bytes": (GOOD + b"x", STRICT),
    "keys twice": (b'{"keys":[],' + GOOD[1:], STRICT),
    "member of a key twice": (GOOD.replace(b'"kty"', b'"kty":"oct","kty"'), STRICT),
    "nested deeply": (b'{"keys":' + b"[" * 100_000 + b"]" * 100_000 + b"}", STRICT),
    "nested a level too deep": (jwks({**ED, "a": [[[[[[[1]]]]]]]}), "of modest depth"),
    "list": (b"[]", "not a JSON object"),
    "a single key": (json.dumps(dict(ED)).encode(), SHAPE),
    "keys absent": (b"{}", SHAPE),
    "keys null": (b'{"keys":null}', SHAPE),
    "keys a dict": (b'{"keys":{}}', SHAPE),
    "a key that is a string": (b'{"keys":["x"]}', SHAPE),
    "a key that is null": (b'{"keys":[null]}', SHAPE),
    "no key": (b'{"keys":[]}', "there are 0 keys"),
    "33 keys": (jwks(*({**ED, "kid": str(n)} for n in range(33))), "there are 33 keys"),
    "one key twice": (jwks(ED, ED), "two keys have the key ID"),
    "one key ID for two keys": (jwks({**ED, "kid": "a"}, {**EC, "kid": "a"}), "key ID 'a'"),
    "secret among keys": (jwks(ED, {"kty": "oct", "k": "AAAA"}), "GETME_SECRET_KEY"),
    "secret alone": (jwks({"kty": "oct", "k": "AAAA"}), "GETME_SECRET_KEY"),
    "bad key after a good one": (jwks(ED, {**EC, "use": "enc"}), "its use is not sig"),
    "named key with an exponent of 3": (
        jwks(ED, {**public(RSA), "kid": "old", "e": "Aw"}), "key 'old' has the exponent 3"
    ),
    "a byte too long": (
        GOOD + b" " * (MAX_FILE_BYTES + 1 - len(GOOD)), f"longer than {MAX_FILE_BYTES} bytes"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "says"), REFUSED.values(), ids=REFUSED)
def test_file_that_is_no_good_key_set_is_refused_with_its_reason(raw: bytes, says: str) -> None:
    with pytest.raises(KeyRefused, match=says):
        key_set_of_jwks(raw)


def test_all_keys_of_a_file_are_in_the_set_in_its_order() -> None:
    keys = key_set_of_jwks(jwks(*PRIVATE.values(), public(other_jwk("EdDSA"))))
    assert [key.algorithm for key in keys.keys] == ["RS256", "ES256", "EdDSA", "EdDSA"]
    assert keys.algorithms == ("RS256", "ES256", "EdDSA")


def test_first_key_signs_unless_another_has_its_turn() -> None:
    second = {**other_jwk("EdDSA"), "kid": "second", "signs_from": NOW}
    keys = key_set_of_jwks(jwks({**ED, "kid": "first"}, second))
    assert [keys.signing(moment).key_id for moment in (NOW - 1, NOW)] == ["first", "second"]


def test_longest_file_is_read() -> None:
    assert key_set_of_jwks(GOOD + b" " * (MAX_FILE_BYTES - len(GOOD))).algorithms == ("EdDSA",)


def test_other_members_of_a_key_set_are_not_looked_at() -> None:
    assert key_set_of_jwks(b'{"issuer":"x",' + GOOD[1:]).algorithms == ("EdDSA",)
