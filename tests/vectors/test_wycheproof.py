"""Project Wycheproof's vectors, with every difference named by its number and its reason.

A difference that is not listed fails, and so does a listed one that has gone.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens import base64url
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.jwks import key_set_of_jwks
from getme_server.tokens.key import HS256, Key
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.reader import read
from getme_server.tokens.secret_keys import secret_key
from getme_server.tokens.signature import require_kind, require_signature
from tests.vectors.wycheproof import KEYS, SIGNATURES, Group, groups

UNSUPPORTED = "its algorithm is none of getme's four"
EMPTY = "a token without claims is none, whoever signed it"
CHARACTERS = "RFC 7515 section 2 has no other characters in base64url; one token, one spelling"
SECRET = "a secret goes into GETME_SECRET_KEY, not into the keys file"

# Vectors that are called valid and refused here.
SIGNATURE_DIFFERENCES = {
    **dict.fromkeys(range(264, 272), UNSUPPORTED),  # RS384, RS512
    **dict.fromkeys([*range(272, 276), 287, 288], UNSUPPORTED),  # PS256
    **dict.fromkeys(range(320, 324), UNSUPPORTED),  # PS384
    **dict.fromkeys(range(325, 329), UNSUPPORTED),  # PS512
    **dict.fromkeys([346, 350], UNSUPPORTED),  # PS256
    **dict.fromkeys([347, 351], UNSUPPORTED),  # P-521
    259: EMPTY,
    **dict.fromkeys([372, 373], CHARACTERS),
}
# Called invalid for padding that they do not have: byte for byte vector 357, which is valid.
TWINS_OF_357 = (367, 370)
KEY_DIFFERENCES = dict.fromkeys([2, 13, 14, 15], SECRET)


def keys_of(group: Group) -> KeySet:
    """The group's keys, secrets as they are: their strength is not the subject of a signature."""
    if not group.is_secret:
        return key_set_of_jwks(json.dumps({"keys": group.keys}).encode())
    secrets = [base64url.decode(key["k"]) for key in group.keys if key.get("alg") == HS256]
    return KeySet([Key("", HS256, secret, secret, 0, {}) for secret in secrets])


def is_accepted(token: object, keys: KeySet) -> bool:
    """Whether a key of the set has signed a token of a kind that we take."""
    if not isinstance(token, str):  # the JSON serialization, which no bearer header can carry
        return False
    try:
        jws = read(token)
        require_kind(jws.header, required=frozenset())
        require_signature(jws, keys)
    except TokenInvalid:
        return False
    return True


def require_only(listed: Mapping[int, str], group: Group, keys: KeySet | None) -> None:
    """Each vector is judged as it is called, but for the listed ones, which are all refused."""
    accepted = {
        test["tcId"]: keys is not None and is_accepted(test["jws"], keys) for test in group.tests
    }
    valid = {test["tcId"]: test["result"] == "valid" for test in group.tests}
    forged = [number for number in valid if accepted[number] and not valid[number]]
    refused = [number for number in valid if valid[number] and not accepted[number]]
    assert forged == [number for number in valid if number in TWINS_OF_357 and 357 in valid]
    assert refused == [number for number in valid if number in listed]


@pytest.mark.parametrize("group", groups(SIGNATURES))
def test_signature_is_judged_as_wycheproof_says_but_for_the_listed_differences(
    group: Group,
) -> None:
    try:
        keys = keys_of(group)
    except KeyRefused:
        keys = None
    require_only(SIGNATURE_DIFFERENCES, group, keys)


@pytest.mark.parametrize("group", groups(SIGNATURES, {357}))
def test_vectors_that_are_accepted_though_called_invalid_are_twins_of_a_valid_one(
    group: Group,
) -> None:
    tokens = {test["tcId"]: test["jws"] for test in group.tests}
    assert {tokens[number] for number in TWINS_OF_357} == {tokens[357]}


@pytest.mark.parametrize("group", groups(KEYS))
def test_key_set_is_judged_as_wycheproof_says_but_for_the_listed_differences(group: Group) -> None:
    try:
        keys = key_set_of_jwks(json.dumps({"keys": group.keys}).encode())
    except KeyRefused:
        keys = None
    require_only(KEY_DIFFERENCES, group, keys)


@pytest.mark.parametrize(
    ("file", "listed"),
    [
        pytest.param(SIGNATURES, SIGNATURE_DIFFERENCES, id="signatures"),
        pytest.param(KEYS, KEY_DIFFERENCES, id="keys"),
    ],
)
def test_each_listed_difference_is_a_vector(file: Path, listed: Mapping[int, str]) -> None:
    if not file.exists():
        pytest.skip(f"Project Wycheproof's {file.name} is not here")
    found = [group.values[0] for group in groups(file)]
    numbers = {test["tcId"] for group in found if isinstance(group, Group) for test in group.tests}
    assert set(listed) <= numbers


# The test of a secret, what becomes of the secret where one belongs: None if it is good.
SECRETS = {10: "31 bytes, fewer than 32", 11: None, 12: None, 13: None}


@pytest.mark.parametrize("group", groups(KEYS, SECRETS))
def test_secret_of_31_bytes_is_too_short_and_longer_ones_are_good(group: Group) -> None:
    secret = base64url.decode(group.keys[0]["k"])
    says = SECRETS[group.tests[0]["tcId"]]
    if says is None:
        assert secret_key(secret).signing == secret
    else:
        with pytest.raises(KeyRefused, match=says):
            secret_key(secret)
