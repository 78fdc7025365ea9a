"""An explanation is the verifier's own verdict, told check by check; it stands any text."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm

from getme_server.errors import GetmeError
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.explanation import Explanation, explain
from getme_server.tokens.findings import Finding, Outcome
from getme_server.tokens.jwks import key_set_of_jwks
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.secret_keys import secret_key
from getme_server.tokens.verifier import Verifier
from tests.unit.tokens.forging import (
    ABSENT,
    CLAIMS,
    EXPIRES,
    HEADER,
    NOW,
    OTHER_SECRET,
    SECRET,
    USER_ID,
    base64url,
    forge,
    with_claims,
    with_header,
    with_raw_claim,
)

SECRETS = KeySet([secret_key(SECRET)])
EC_KEY = generate_private_key(SECP256R1())
KEYS = key_set_of_jwks(
    json.dumps({"keys": [ECAlgorithm.to_jwk(EC_KEY, as_dict=True) | {"kid": "spring"}]}).encode()
)
GOOD = forge()
SIGNED, _, SIGNATURE = GOOD.rpartition(".")
OURS = TokenPolicy(issuer="https://us.example", audience="getme")
BY_US: Mapping[str, Any] = {"iss": "https://us.example", "aud": "getme"}
STRICT = TokenPolicy(required=frozenset({"typ", "jti", "iat"}))
PATIENT = TokenPolicy(leeway_seconds=5)
SHORT = TokenPolicy(longest_life_seconds=300)


def by_ec(kid: str | None = "spring", **claims: Any) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode({**CLAIMS, **claims}, EC_KEY, "ES256", headers=headers)


class Case(NamedTuple):
    """A token under a policy, and the check that decides; None where it is accepted."""

    token: str
    decides: str | None = None
    policy: TokenPolicy = TokenPolicy()
    keys: KeySet = SECRETS


CASES = {
    "smallest": Case(GOOD),
    "empty": Case("", "form"),
    "one part": Case("junk", "form"),
    "no header": Case(f".{SIGNED}", "form"),
    "no signature": Case(f"{SIGNED}.", "form"),
    "four parts": Case(f"{GOOD}.e", "form"),
    "encrypted": Case(f"{GOOD}.e.f", "form"),
    "Bearer before it": Case(f"Bearer {GOOD}", "form"),
    "whole header line before it": Case(f"Authorization: Bearer {GOOD}", "form"),
    "quoted": Case(f'"{GOOD}"', "form"),
    "newline at the end": Case(f"{GOOD}\n", "form"),
    "padded": Case(f"{GOOD}=", "form"),
    "control characters": Case(f"\x1b[31m{GOOD}\x7f", "form"),
    "NUL": Case(f"{GOOD}\0", "form"),
    "lone surrogate": Case(f"{GOOD}\ud800", "form"),
    "ten megabytes": Case("a" * 10_000_000, "form"),
    "header is no JSON": Case(forge(b"{"), "form"),
    "header is a list": Case(forge(b"[]"), "form"),
    "alg twice": Case(forge(b'{"alg":"none","alg":"HS256"}'), "form"),
    "crit": Case(with_header(crit=["exp"]), "extensions"),
    "zip": Case(with_header(zip="DEF"), "extensions"),
    "refresh token": Case(with_header(typ="refresh+jwt"), "type"),
    "typ null": Case(with_header(typ=None), "type"),
    "typ absent": Case(with_header(typ=ABSENT)),
    "none": Case(with_header(alg="none"), "key"),
    "HS512": Case(forge({"alg": "HS512"}, digest="sha512"), "key"),
    "alg list": Case(with_header(alg=["HS256"]), "key"),
    "alg absent": Case(with_header(alg=ABSENT), "key"),
    "another secret": Case(forge(secret=OTHER_SECRET), "signature"),
    "cut signature": Case(f"{SIGNED}.{base64url(b'x' * 16)}", "signature"),
    "claims changed": Case(
        f"{SIGNED.partition('.')[0]}.{base64url(b'{}')}.{SIGNATURE}", "signature"
    ),
    "another secret and expired": Case(
        forge(payload={**CLAIMS, "exp": 1}, secret=OTHER_SECRET), "signature"
    ),
    "asymmetric": Case(by_ec(), None, keys=KEYS),
    "asymmetric without kid": Case(by_ec(None), None, keys=KEYS),
    "unknown kid": Case(by_ec("autumn"), "key", keys=KEYS),
    "secret where keys are": Case(GOOD, "key", keys=KEYS),
    "key where secrets are": Case(by_ec(), "key"),
    "payload is no JSON": Case(forge(payload=b"nothing"), "claims"),
    "sub twice": Case(forge(payload=b'{"sub":"a","sub":"b"}'), "claims"),
    "too deep": Case(with_raw_claim("x", "[" * 9 + "]" * 9), "claims"),
    "issuer and audience": Case(with_claims(**BY_US), None, OURS),
    "no issuer": Case(with_claims(aud="getme"), "issuer", OURS),
    "another issuer": Case(with_claims(**{**BY_US, "iss": "https://x"}), "issuer", OURS),
    "issuer number": Case(with_claims(iss=1), "issuer"),
    "another audience": Case(with_claims(**{**BY_US, "aud": "x"}), "audience", OURS),
    "audience that nobody asks for": Case(with_claims(aud="x"), "audience"),
    "jti number": Case(with_claims(jti=1), "token ID"),
    "sub is a name": Case(with_claims(sub="ada"), "subject"),
    "sub in capitals": Case(with_claims(sub=str(USER_ID).upper()), "subject"),
    "roles is a text": Case(with_claims(roles="viewer"), "roles"),
    "exp absent": Case(with_claims(exp=ABSENT), "times"),
    "exp text": Case(with_claims(exp=str(EXPIRES)), "times"),
    "exp in milliseconds": Case(with_claims(exp=EXPIRES * 1000), "times"),
    "exp beyond all numbers": Case(with_raw_claim("exp", "1e999"), "times"),
    "nbf true": Case(with_claims(nbf=True), "times"),
    "all that is required": Case(
        forge({**HEADER, "typ": "at+jwt"}, {**CLAIMS, "jti": "1", "iat": NOW}), None, STRICT
    ),
    "not at+jwt though required": Case(with_claims(jti="1", iat=NOW), "type", STRICT),
    "jti missing": Case(
        forge({**HEADER, "typ": "at+jwt"}, {**CLAIMS, "iat": NOW}), "required members", STRICT
    ),
    "expired": Case(with_claims(exp=NOW), "expiry"),
    "expired within leeway": Case(with_claims(exp=NOW - 4), None, PATIENT),
    "expired beyond leeway": Case(with_claims(exp=NOW - 5), "expiry", PATIENT),
    "expired for years and without a user": Case(with_claims(exp=1, sub="ada"), "subject"),
    "nbf ahead": Case(with_claims(nbf=NOW + 1), "beginning"),
    "iat ahead": Case(with_claims(iat=NOW + 2), "beginning"),
    "iat ahead within leeway": Case(with_claims(iat=NOW + 2), None, PATIENT),
    "too long a life": Case(with_claims(iat=NOW), "longest life", SHORT),
    "too long a life without iat": Case(GOOD, "longest life", SHORT),
    "short life": Case(with_claims(exp=NOW + 60), None, SHORT),
    "last second of the year 9999": Case(with_claims(exp=253_402_300_799)),
}


def explained(case: Case) -> Explanation:
    return explain(case.token, case.keys, case.policy, now=NOW)


def verified(case: Case) -> AccessClaims | GetmeError:
    """What the verifier answers or raises."""
    try:
        return Verifier(case.policy).verify(case.token, case.keys, now=NOW)
    except GetmeError as error:
        return error


def same(one: GetmeError | None, other: GetmeError) -> bool:
    """Whether a caller and a log are told the same by both."""
    return (type(one), str(one), getattr(one, "cause", None)) == (
        type(other),
        str(other),
        other.cause,
    )


def failed(explanation: Explanation) -> list[Finding]:
    return [f for f in explanation.findings.all if f.outcome is Outcome.FAILED]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_explanation_and_verifier_agree(case: Case) -> None:
    explanation = explained(case)
    verdict = verified(case)
    if isinstance(verdict, AccessClaims):
        assert case.decides is None
        assert explanation.findings.refusal is None
        said = verdict._replace(key_fingerprint=b"")  # all that the token itself says
        assert (explanation.claims, explanation.proven) == (said, True)
    else:
        assert same(explanation.findings.refusal, verdict)
        first = failed(explanation)[0]
        assert (first.check, bool(first.mend)) == (case.decides, True)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_token_is_looked_at_with_every_check_in_one_order(case: Case) -> None:
    checks = [finding.check for finding in explained(case).findings.all]
    assert checks == [finding.check for finding in explained(CASES["smallest"]).findings.all]
    assert len(set(checks)) == len(checks)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_word_quotes_a_signature_a_key_or_a_raw_character(case: Case) -> None:
    told = [f"{finding.text} {finding.mend}" for finding in explained(case).findings.all]
    signature = case.token.rpartition(".")[2]
    for words in told:
        assert words.isascii()
        assert words.isprintable()
        assert SECRET.decode() not in words
        assert len(signature) < 10 or signature not in words


def test_what_can_still_be_judged_is_judged_after_a_fault() -> None:
    token = forge(
        {**HEADER, "typ": "id+jwt"}, {**CLAIMS, "aud": "x", "exp": 1}, secret=OTHER_SECRET
    )
    explanation = explain(token, SECRETS, TokenPolicy(), now=NOW)
    assert [finding.check for finding in failed(explanation)] == [
        "type",
        "signature",
        "audience",
        "expiry",
    ]
    assert (explanation.proven, explanation.user_id) == (False, USER_ID)
    assert explanation.payload == {**CLAIMS, "aud": "x", "exp": 1}


MENDS = {
    "Bearer before it": "give the token alone",
    "quoted": "quotation marks",
    "newline at the end": "white space",
    "encrypted": "encrypted",
    "no signature": "never accepted",
    "padded": "without padding",
    "one part": "a token has 3 parts, this has 1",
    "refresh token": "at+jwt",
    "not at+jwt though required": "ask its issuer for typ at+jwt",
    "another secret": "GETME_SECRET_KEY",
    "key where secrets are": "or set GETME_KEYS_FILE",
    "secret where keys are": "or set GETME_SECRET_KEY",
    "unknown kid": '"autumn", our keys for ES256 are "spring"',
    "another issuer": 'its iss is "https://x": set GETME_ISSUER',
    "audience that nobody asks for": 'its aud is "x": set GETME_AUDIENCE',
    "sub is a name": "UUID",
    "exp in milliseconds": "not milliseconds",
    "jti missing": "GETME_TOKEN_REQUIRE",
    "expired beyond leeway": "it expired 5 seconds ago (leeway 5 seconds, GETME_TOKEN_LEEWAY)",
    "nbf ahead": "it begins in 1 second (leeway 0 seconds, GETME_TOKEN_LEEWAY): keep the clocks",
    "too long a life": "at most 5 minutes, or raise GETME_TOKEN_MAX_TTL",
    "too long a life without iat": "with iat",
}


@pytest.mark.parametrize(("name", "words"), MENDS.items(), ids=MENDS)
def test_fault_is_told_with_what_would_mend_it(name: str, words: str) -> None:
    assert words in failed(explained(CASES[name]))[0].mend


def test_old_secret_is_told_from_the_one_that_signs() -> None:
    keys = KeySet(map(secret_key, (OTHER_SECRET, SECRET)))
    told = {f.check: f.text for f in explain(GOOD, keys, TokenPolicy(), now=NOW).findings.all}
    assert told["signature"] == "signed with secret 2 of 2 (HS256)"


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){1,4}"))
def test_any_text_is_explained(text: str) -> None:
    assert explain(text, SECRETS, TokenPolicy(), now=NOW).findings.refusal is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
CLAIM_NAMES = st.sampled_from(["sub", "roles", "exp", "nbf", "iat", "jti", "iss", "aud", "x"])
MEMBER_NAMES = st.sampled_from(["typ", "kid", "crit", "jwk", "x"])


@given(
    st.dictionaries(MEMBER_NAMES, json_values, max_size=3),
    st.dictionaries(CLAIM_NAMES, json_values, max_size=6),
)
def test_any_header_and_claims_are_judged_as_the_verifier_does(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    token = forge({**HEADER, **header}, {**CLAIMS, **claims})
    case = Case(token, policy=OURS)
    verdict = verified(case)
    refusal = explained(case).findings.refusal
    assert (refusal is None) if isinstance(verdict, AccessClaims) else same(refusal, verdict)
