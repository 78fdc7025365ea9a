"""What we sign, we accept: until its expiry, under the same policy, and not under another."""

from uuid import UUID

import jwt
import pytest

from getme_server.errors import TokenExpired, TokenInvalid
from getme_server.tokens.issuer import Issuer
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.secret_keys import secret_key
from getme_server.tokens.verifier import Verifier
from tests.unit.tokens.forging import NOW, OTHER_SECRET, SECRET, USER_ID

KEYS = KeySet(map(secret_key, (SECRET, OTHER_SECRET)))
RING = KeyRing(KEYS)
POLICIES = {
    "bare": TokenPolicy(),
    "with issuer and audience": TokenPolicy(issuer="https://us.example", audience="getme"),
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("roles", [(), ("viewer",), ("creator", "viewer")], ids=repr)
def test_issued_token_is_good_until_exactly_its_expiry(
    policy: TokenPolicy, roles: tuple[str, ...]
) -> None:
    token = Issuer(RING, policy).issue(USER_ID, roles, now=NOW + 0.7, ttl_seconds=60)
    verifier = Verifier(policy)
    for moment in (NOW + 0.7, NOW + 59.999):
        claims = verifier.verify(token, KEYS, now=moment)
        assert (claims.user_id, claims.roles) == (USER_ID, roles)
    with pytest.raises(TokenExpired):
        verifier.verify(token, KEYS, now=NOW + 60)


def test_claims_are_those_of_the_contract_and_nothing_more() -> None:
    token = Issuer(RING, TokenPolicy()).issue(USER_ID, ("viewer",), now=NOW, ttl_seconds=60)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert str(UUID(claims["jti"])) == claims.pop("jti")
    assert claims == {"sub": str(USER_ID), "roles": ["viewer"], "iat": NOW, "exp": NOW + 60}
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "at+jwt"}


def test_no_two_tokens_are_equal() -> None:
    issuer = Issuer(RING, TokenPolicy())
    assert len({issuer.issue(USER_ID, (), now=NOW, ttl_seconds=60) for _ in range(50)}) == 50


def test_first_secret_signs() -> None:
    token = Issuer(RING, TokenPolicy()).issue(USER_ID, (), now=NOW, ttl_seconds=60)
    assert Verifier(TokenPolicy()).verify(token, KeySet([secret_key(SECRET)]), now=NOW)
    with pytest.raises(TokenInvalid):
        Verifier(TokenPolicy()).verify(token, KeySet([secret_key(OTHER_SECRET)]), now=NOW)


def test_token_for_an_audience_is_refused_where_none_is_configured() -> None:
    token = Issuer(RING, TokenPolicy(audience="a")).issue(USER_ID, (), now=NOW, ttl_seconds=60)
    with pytest.raises(TokenInvalid):
        Verifier(TokenPolicy()).verify(token, KEYS, now=NOW)
