"""What holds for every token and every key set, and not only for those that somebody thought of.

Where the environment says CI, Hypothesis takes the same examples each time.
"""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getme_server.errors import GetmeError, TokenExpired, TokenInvalid
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.issuer import Issuer
from getme_server.tokens.jwks import key_set_of_jwks
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.policy import REQUIRABLE, TokenPolicy
from getme_server.tokens.reader import read
from getme_server.tokens.verifier import Verifier
from tests.unit.tokens.forging import CLAIMS, NOW, forge
from tests.unit.tokens.mutations import mutated
from tests.unit.tokens.signing_keys import KINDS, PRIVATE, key_of, key_set_of, public, signed

VERIFIER = Verifier(TokenPolicy())
GOOD = {kind: signed(key_of(kind), typ="at+jwt", kid=key_of(kind).key_id) for kind in KINDS}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["\ud800", "", "none", "HS256", "sig", str(CLAIMS["sub"]), 10**400, NOW]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)
HEADER_MEMBERS = ["alg", "typ", "kid", "crit", "b64", "zip", "jwk", "jku", "x5c"]
CLAIM_NAMES = ["sub", "roles", "exp", "nbf", "iat", "jti", "iss", "aud"]
KEY_MEMBERS = [
    *("kty", "crv", "alg", "use", "key_ops", "kid", "signs_from"),
    *("n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "x", "y"),
]


def changed(members: dict[str, Any], names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of its members, or others, replaced by anything or left out."""
    replaced = st.dictionaries(st.sampled_from(names), VALUES, max_size=3)
    left_out = st.sets(st.sampled_from(names), max_size=2)
    return st.builds(
        lambda new, gone: {k: v for k, v in {**members, **new}.items() if k not in gone},
        replaced,
        left_out,
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=1_000)
@given(data=st.data())
def test_good_token_is_refused_after_any_change(kind: str, data: st.DataObject) -> None:
    good = GOOD[kind]
    token = data.draw(mutated(good))
    if token == good:
        assert VERIFIER.verify(token, key_set_of(kind), now=NOW)
        return
    with pytest.raises(TokenInvalid):
        VERIFIER.verify(token, key_set_of(kind), now=NOW)


LONGEST_LIFE = 10 * 366 * 86_400
POLICIES = st.builds(
    TokenPolicy,
    issuer=st.none() | st.text(max_size=256).filter(lambda text: "\ud800" not in text),
    audience=st.none() | st.text(max_size=256),
    leeway_seconds=st.sampled_from([0, 0.5, 5, 60]),
    longest_life_seconds=st.none() | st.just(LONGEST_LIFE),
    required=st.frozensets(st.sampled_from([name for name in REQUIRABLE if name != "nbf"])),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=100)
@given(
    caller=st.tuples(st.uuids(), st.lists(st.text(max_size=20), max_size=32).map(tuple)),
    life=st.tuples(st.floats(1, 4e9), st.integers(1, LONGEST_LIFE)),
    fraction=st.floats(0, 0.999_999),
    policy=POLICIES,
)
def test_token_that_we_issue_is_good_at_every_moment_until_exactly_its_expiry(
    kind: str,
    caller: tuple[UUID, Any],
    life: tuple[float, int],
    fraction: float,
    policy: TokenPolicy,
) -> None:
    now, ttl = life
    keys = key_set_of(kind)
    token = Issuer(KeyRing(keys), policy).issue(*caller, now=now, ttl_seconds=ttl)
    verifier = Verifier(policy)
    expires = int(now + ttl) + policy.leeway_seconds
    for moment in (now, now + (expires - now) * fraction, expires - 1e-4):
        claims = verifier.verify(token, keys, now=moment)
        assert (claims.user_id, claims.roles) == caller
    for moment in (expires, expires + ttl):
        with pytest.raises(TokenExpired):
            verifier.verify(token, keys, now=moment)


@settings(deadline=None, max_examples=1_000)
@given(text=st.one_of(st.text(), st.text("AQgeyJ019-_.="), st.binary().map(bytes.hex)))
def test_any_text_is_refused_as_a_bad_token(text: str) -> None:
    with pytest.raises(TokenInvalid):
        read(text)


@settings(deadline=None, max_examples=500)
@given(
    header=st.binary() | changed({"alg": "HS256", "typ": "JWT"}, HEADER_MEMBERS),
    payload=st.binary() | changed(dict(CLAIMS), CLAIM_NAMES),
    policy=POLICIES,
    now=st.sampled_from([0, NOW, 4e9]),
)
def test_whatever_our_key_has_signed_is_accepted_or_refused_and_never_a_crash(
    header: Any, payload: Any, policy: TokenPolicy, now: float
) -> None:
    try:
        claims = Verifier(policy).verify(forge(header, payload), key_set_of("HS256"), now=now)
    except GetmeError:
        return
    assert str(claims.user_id) == payload["sub"]
    assert claims.expires > now - policy.leeway_seconds


@settings(deadline=None, max_examples=300)
@given(raw=st.binary() | st.dictionaries(st.sampled_from(["keys", "x"]), VALUES).map(json.dumps))
def test_any_bytes_are_refused_as_a_key_set(raw: Any) -> None:
    with pytest.raises(KeyRefused):
        key_set_of_jwks(raw if isinstance(raw, bytes) else raw.encode())


KEY_TEMPLATES = [*map(dict, PRIVATE.values()), *map(public, PRIVATE.values())]


@settings(deadline=None, max_examples=300)
@given(
    keys=st.lists(
        st.sampled_from(KEY_TEMPLATES).flatmap(lambda jwk: changed(jwk, KEY_MEMBERS)), max_size=3
    )
)
def test_any_key_set_is_taken_or_refused_and_never_a_crash(keys: list[dict[str, Any]]) -> None:
    try:
        taken = key_set_of_jwks(json.dumps({"keys": keys}).encode())
    except KeyRefused:
        return
    assert not taken.is_secret
    assert all(set(jwk) == {"kid", "alg", "use", *public(jwk)} for jwk in taken.public())
