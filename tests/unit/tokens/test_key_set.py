"""Which keys may have signed a token, whose turn it is to sign, and what anybody may know."""

from typing import Any

import pytest

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key import Key
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.key_set import MAX_KEYS, KeySet
from getme_server.tokens.secret_keys import secret_key
from tests.unit.tokens.forging import NOW, OTHER_SECRET, SECRET
from tests.unit.tokens.signing_keys import key_of, key_set_of

RSA, EC, ED = (key_of(kind)._replace(key_id=kind) for kind in ("RS256", "ES256", "EdDSA"))
SECOND_ED = ED._replace(key_id="second")
MIXED = KeySet([RSA, EC, ED, SECOND_ED])
SECRETS = KeySet(map(secret_key, (SECRET, OTHER_SECRET)))

# header, the key IDs of the keys that may have signed it
CANDIDATES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "algorithm and key ID": ({"alg": "EdDSA", "kid": "second"}, ["second"]),
    "no key ID": ({"alg": "EdDSA"}, ["EdDSA", "second"]),
    "key ID null": ({"alg": "ES256", "kid": None}, ["ES256"]),
    "key ID unknown": ({"alg": "EdDSA", "kid": "third"}, []),
    "key ID empty": ({"alg": "EdDSA", "kid": ""}, []),
    "key ID of another algorithm": ({"alg": "EdDSA", "kid": "RS256"}, []),
    "key ID a number": ({"alg": "EdDSA", "kid": 1}, []),
    "key ID a list": ({"alg": "EdDSA", "kid": ["EdDSA"]}, []),
    "no algorithm": ({"kid": "EdDSA"}, []),
    "algorithm null": ({"alg": None, "kid": "EdDSA"}, []),
    "algorithm none": ({"alg": "none"}, []),
    "algorithm of a secret": ({"alg": "HS256"}, []),
    "algorithm of a secret, key ID of a key": ({"alg": "HS256", "kid": "RS256"}, []),
    "algorithm in other letters": ({"alg": "eddsa"}, []),
    "algorithm a list": ({"alg": ["EdDSA"]}, []),
    "algorithm a dict": ({"alg": {}}, []),
}


@pytest.mark.parametrize(("header", "key_ids"), CANDIDATES.values(), ids=CANDIDATES)
def test_candidates_have_the_header_s_algorithm_and_key_id(
    header: dict[str, Any], key_ids: list[str]
) -> None:
    assert [key.key_id for key in MIXED.candidates(header)] == key_ids


@pytest.mark.parametrize("key_id", ["x", "", None], ids=repr)
def test_secrets_are_all_tried_whatever_key_id_a_header_names(key_id: Any) -> None:
    candidates = SECRETS.candidates({"alg": "HS256", "kid": key_id})
    assert [key.signing for key in candidates] == [SECRET, OTHER_SECRET]


@pytest.mark.parametrize("keys", [SECRETS, MIXED], ids=["secrets", "keys"])
@pytest.mark.parametrize("key_id", [1, True, ["x"], {"x": 1}], ids=repr)
def test_key_id_that_is_no_string_fits_no_key(keys: KeySet, key_id: Any) -> None:
    assert not any(
        keys.candidates({"alg": algorithm, "kid": key_id}) for algorithm in keys.algorithms
    )


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA", "HS512", "none", None], ids=repr)
def test_secrets_are_for_no_other_algorithm(alg: Any) -> None:
    assert SECRETS.candidates({"alg": alg}) == ()


def turns(*moments: float | None) -> KeySet:
    """Keys named by their place; None: public part only."""
    return KeySet(
        ED._replace(key_id=str(place), signs_from=moment or 0, signing=moment is not None or None)
        for place, moment in enumerate(moments)
    )


# keys, the moment, whose turn it is
TURNS = {
    "nobody says: the first": (turns(0, 0), NOW, "0"),
    "the only one due": (turns(0, NOW + 1), NOW, "0"),
    "to the moment": (turns(0, NOW), NOW, "1"),
    "just before the moment": (turns(0, NOW), NOW - 0.001, "0"),
    "the last that is due": (turns(NOW - 2, NOW - 1, NOW + 1), NOW, "1"),
    "order in the file does not matter": (turns(NOW - 1, NOW - 2), NOW, "0"),
    "the first of equals": (turns(NOW - 1, NOW, NOW), NOW, "1"),
    "before anybody's turn: whose comes first": (turns(NOW + 2, NOW + 1), NOW, "1"),
    "before anybody's turn: the first of equals": (turns(NOW + 1, NOW + 1), NOW, "0"),
    "public part alone never signs": (turns(None, 0), NOW, "1"),
    "public part alone never signs, though later": (turns(0, None, NOW + 1), NOW, "0"),
}


@pytest.mark.parametrize(("keys", "now", "key_id"), TURNS.values(), ids=TURNS)
def test_last_key_whose_turn_has_come_signs(keys: KeySet, now: float, key_id: str) -> None:
    assert keys.signing(now).key_id == key_id


def test_public_keys_alone_verify_and_cannot_sign() -> None:
    keys = KeySet([RSA._replace(signing=None), ED._replace(signing=None)])
    assert keys.candidates({"alg": "RS256"})
    with pytest.raises(KeyRefused, match="getme-server keys rotate"):
        keys.signing(NOW)


def test_first_secret_signs() -> None:
    assert SECRETS.signing(NOW).signing == SECRET


def numbered(count: int) -> list[Key]:
    return [ED._replace(key_id=str(number)) for number in range(count)]


REFUSED: dict[str, tuple[list[Key], str]] = {
    "no key": ([], "there are 0 keys; 1 to 32"),
    "one too many": (numbered(MAX_KEYS + 1), "there are 33 keys; 1 to 32"),
    "secret first": ([secret_key(SECRET), RSA], "beside asymmetric keys"),
    "secret last": ([RSA, secret_key(SECRET)], "beside asymmetric keys"),
    "one key twice": ([RSA, RSA._replace(signs_from=1)], "two keys have the key ID 'RS256'"),
    "one key ID for two kinds": ([RSA, EC._replace(key_id="RS256")], "the key ID 'RS256'"),
}


@pytest.mark.parametrize(("keys", "says"), REFUSED.values(), ids=REFUSED)
def test_keys_that_do_not_go_together_are_refused(keys: list[Key], says: str) -> None:
    with pytest.raises(KeyRefused, match=says):
        KeySet(keys)


def test_as_many_keys_as_are_allowed_verify_a_token_without_key_id() -> None:
    assert len(KeySet(numbered(MAX_KEYS)).candidates({"alg": "EdDSA"})) == MAX_KEYS


def test_algorithms_are_those_of_the_keys_each_once() -> None:
    assert MIXED.algorithms == ("RS256", "ES256", "EdDSA")
    assert SECRETS.algorithms == ("HS256",)
    assert (MIXED.is_secret, SECRETS.is_secret) == (False, True)


def test_nothing_is_published_of_a_secret_and_only_public_parts_of_keys() -> None:
    assert list(SECRETS.public()) == []
    assert {member for jwk in MIXED.public() for member in jwk} == {
        *("kty", "alg", "use", "kid"),
        *("n", "e", "crv", "x", "y"),
    }


def test_ring_changes_its_keys_as_a_whole() -> None:
    ring = KeyRing(SECRETS)
    before = ring.current
    ring.replace(key_set_of("EdDSA"))
    assert before.algorithms == ("HS256",)
    assert ring.current.algorithms == ("EdDSA",)
    assert [jwk["alg"] for jwk in ring.public()] == ["EdDSA"]
