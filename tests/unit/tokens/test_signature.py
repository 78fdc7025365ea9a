"""The header of a token: what it may ask for, what kind of token it says it is, whose key it is.

Which signatures are refused stands in test_verifier.py.
"""

from itertools import permutations
from typing import Any

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens.reader import read
from getme_server.tokens.signature import require_kind, require_signature
from tests.unit.tokens.forging import ABSENT, OTHER_SECRET, USER_ID, base64url, forge, with_header
from tests.unit.tokens.signing_keys import KINDS, key_of, key_set_of, signed
from tests.unit.tokens.verdicts import refused, verify

REFUSED_HEADERS = {
    "crit, unknown": {"crit": ["exp"], "exp": 1},
    "crit, empty": {"crit": []},
    "crit, text": {"crit": "b64"},
    "crit, null": {"crit": None},
    "b64 false": {"b64": False, "crit": ["b64"]},
    "b64 false without crit": {"b64": False},
    "b64 true": {"b64": True},
    "zip": {"zip": "DEF"},
    "typ of a refresh token": {"typ": "refresh+jwt"},
    "typ of an ID token": {"typ": "id+jwt"},
    "typ of a logout token": {"typ": "logout+jwt"},
    "typ empty": {"typ": ""},
    "typ null": {"typ": None},
    "typ list": {"typ": ["JWT"]},
    "typ dict": {"typ": {}},
    "typ number": {"typ": 1},
    "typ with a space": {"typ": "JWT "},
    "typ with a Kelvin sign": {"typ": "at+jwt\u212a"},
}

ACCEPTED_HEADERS = {
    "typ absent": {"typ": ABSENT},
    "typ jwt": {"typ": "jwt"},
    "typ of an access token": {"typ": "at+jwt"},
    "typ of an access token in capitals": {"typ": "AT+JWT"},
    "typ in full": {"typ": "application/at+jwt"},
    "kid of a path": {"kid": "../../dev/null"},
    "kid of a query": {"kid": "' UNION SELECT 'x"},
    "key of its own, ignored": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "key address, ignored": {"jku": "http://127.0.0.1:1/jwks", "x5u": "http://127.0.0.1:1/"},
}


@pytest.mark.parametrize("members", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS)
def test_header_that_asks_for_something_else_is_refused(members: dict[str, Any]) -> None:
    refused(with_header(**members))


@pytest.mark.parametrize("members", ACCEPTED_HEADERS.values(), ids=ACCEPTED_HEADERS)
def test_header_without_a_say_is_accepted(members: dict[str, Any]) -> None:
    assert verify(with_header(**members)).user_id == USER_ID


def test_key_that_a_header_brings_is_not_used() -> None:
    jwk = {"kty": "oct", "k": base64url(OTHER_SECRET)}
    refused(forge({"alg": "HS256", "jwk": jwk}, secret=OTHER_SECRET))


# typ, whether it is accepted where typ is required
REQUIRED_TYPES = {
    "absent": (ABSENT, False),
    "JWT": ("JWT", False),
    "jwt": ("jwt", False),
    "at+jwt": ("at+jwt", True),
    "AT+JWT": ("AT+JWT", True),
    "application/at+jwt": ("application/at+jwt", True),
    "Application/AT+JWT": ("Application/AT+JWT", True),
    "empty": ("", False),
    "null": (None, False),
    "application/jwt": ("application/jwt", False),
    "of a refresh token": ("refresh+jwt", False),
}


@pytest.mark.parametrize(("typ", "accepted"), REQUIRED_TYPES.values(), ids=REQUIRED_TYPES)
def test_token_must_say_that_it_is_an_access_token_where_that_is_required(
    typ: Any, accepted: bool
) -> None:
    token = with_header(typ=typ)
    if accepted:
        assert verify(token, required=frozenset({"typ"})).user_id == USER_ID
    else:
        refused(token, required=frozenset({"typ"}))


def test_kind_is_judged_without_looking_for_a_key() -> None:
    require_kind({"alg": "none"}, required=frozenset())
    with pytest.raises(TokenInvalid):
        require_kind({"crit": ["exp"]}, required=frozenset())


@pytest.mark.parametrize("kind", KINDS)
def test_signature_of_each_kind_of_key_is_recognised(kind: str) -> None:
    require_signature(read(signed(key_of(kind))), key_set_of(kind))


@pytest.mark.parametrize(("kind", "other"), [*permutations(KINDS, 2)])
def test_signature_by_a_key_of_another_kind_is_not(kind: str, other: str) -> None:
    with pytest.raises(TokenInvalid, match="not valid"):
        require_signature(read(signed(key_of(other))), key_set_of(kind))
