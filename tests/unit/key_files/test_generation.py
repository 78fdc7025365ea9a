"""New keys: of the right kind and size, in the spelling of the RFCs."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from getme_server.key_files.generation import new_jwk, signs_from
from getme_server.tokens.json_web_key import key_of_jwk
from getme_server.tokens.thumbprint import thumbprint
from tests.unit.key_files.files_in_test import NOW

MEMBERS = {
    "ES256": {"kty", "crv", "x", "y", "d"},
    "RS256": {"kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"},
    "EdDSA": {"kty", "crv", "x", "d"},
}


@pytest.mark.parametrize("algorithm", MEMBERS)
def test_new_key_says_what_it_is_for_and_is_taken(algorithm: str) -> None:
    jwk = new_jwk(algorithm)
    assert set(jwk) == {"kid", "alg", "use"} | MEMBERS[algorithm]
    assert (jwk["alg"], jwk["use"], jwk["kid"]) == (algorithm, "sig", thumbprint(jwk))
    key = key_of_jwk(signs_from(jwk, NOW))
    assert (key.key_id, key.algorithm, key.signs_from) == (jwk["kid"], algorithm, NOW)
    assert jwt.PyJWK.from_json(json.dumps(jwk)).key_id == jwk["kid"]


def test_rsa_key_has_the_strength_of_the_others() -> None:
    key = key_of_jwk(new_jwk("RS256")).verifying
    assert isinstance(key, RSAPublicKey)
    assert (key.key_size, key.public_numbers().e) == (3_072, 65_537)


def test_coordinates_keep_their_leading_zeros() -> None:
    # RFC 7518 section 6.2.1.2: 32 bytes always; one in 128 keys has a zero in front of x or y.
    keys = [new_jwk("ES256") for _ in range(400)]
    assert {len(key[name]) for key in keys for name in ("x", "y", "d")} == {43}


def test_turn_has_milliseconds() -> None:
    assert signs_from({}, NOW + 0.123_456) == {"signs_from": NOW + 0.123}
