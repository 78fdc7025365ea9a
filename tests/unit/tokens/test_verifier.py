"""Which tokens are good: one table for each claim and header, at a moment that is passed in."""

from collections.abc import Callable
from typing import Any

import pytest

from getme_server.errors import TokenInvalid
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.errors import TokenExpired
from getme_server.tokens.key_set import SecretKeys
from getme_server.tokens.verifier import TokenPolicy, Verifier
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
    with_raw_claim,
)

SUB = str(USER_ID)
LEEWAY = 5.0


def verify(token: str, *, now: float = NOW, **policy: Any) -> AccessClaims:
    return Verifier(SecretKeys((SECRET,)), TokenPolicy(**policy)).verify(token, now=now)


def refused(token: str, *, now: float = NOW, **policy: Any) -> TokenInvalid:
    with pytest.raises(TokenInvalid) as error:
        verify(token, now=now, **policy)
    return error.value


def test_smallest_valid_token_is_accepted() -> None:
    assert verify(forge()) == AccessClaims(
        user_id=USER_ID, roles=("viewer",), token_id="", not_before=0, expires=EXPIRES
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
    "kid number": {"kid": 1},
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


@pytest.mark.parametrize("token", FORGED_ALGORITHMS.values(), ids=FORGED_ALGORITHMS)
def test_token_that_is_not_hs256_by_our_secret_is_refused(token: str) -> None:
    refused(token)


@pytest.mark.parametrize("members", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS)
def test_header_that_asks_for_something_else_is_refused(members: dict[str, Any]) -> None:
    refused(with_header(**members))


@pytest.mark.parametrize("members", ACCEPTED_HEADERS.values(), ids=ACCEPTED_HEADERS)
def test_header_without_a_say_is_accepted(members: dict[str, Any]) -> None:
    assert verify(with_header(**members)).user_id == USER_ID


def test_key_that_a_header_brings_is_not_used() -> None:
    jwk = {"kty": "oct", "k": base64url(OTHER_SECRET)}
    refused(forge({"alg": "HS256", "jwk": jwk}, secret=OTHER_SECRET))


SUBJECTS = {
    "absent": ABSENT,
    "null": None,
    "empty": "",
    "number": 7,
    "list": [SUB],
    "dict": {"id": SUB},
    "upper case": SUB.upper(),
    "mixed case": SUB.replace("b", "B", 1),
    "braces": f"{{{SUB}}}",
    "urn": f"urn:uuid:{SUB}",
    "no hyphens": SUB.replace("-", ""),
    "underscores": SUB.replace("-", "_"),
    "hyphens elsewhere": f"{SUB[:7]}-{SUB[7:8]}{SUB[9:]}",
    "leading space": f" {SUB}",
    "trailing space": f"{SUB} ",
    "trailing newline": f"{SUB}\n",
    "trailing NUL": f"{SUB}\0",
    "fullwidth digits": SUB.replace("7", "\uff17"),
    "Arabic-Indic digits": SUB.replace("7", "\u0667"),
    "lone surrogate": f"{SUB[:-1]}\ud800",
    "name": "ada",
    "two": f"{SUB},{SUB}",
}

ROLES = {
    "absent": ABSENT,
    "null": None,
    "text": "viewer",
    "dict": {"viewer": True},
    "true": True,
    "number in the list": ["viewer", 1],
    "null in the list": [None],
    "list in the list": [["viewer"]],
    "33 roles": ["viewer"] * 33,
    "role of 257 characters": ["x" * 257],
}

TOKEN_IDS: dict[str, Any] = {
    "null": None,
    "number": 1,
    "true": True,
    "list": ["x"],
    "dict": {},
    "257 characters": "x" * 257,
}

NUMBERS_OF_NO_TIME = {
    "null": "null",
    "true": "true",
    "false": "false",
    "text": f'"{EXPIRES}"',
    "text with underscores": '" 9_999_999_999 "',
    "text in Arabic-Indic digits": '"\\u0661\\u0669\\u0660\\u0660"',
    "empty text": '""',
    "list": f"[{EXPIRES}]",
    "dict": "{}",
    "negative": "-1",
    "negative float": "-0.5",
    "after the year 9999": "253402300800",
    "4000 digits": "9" * 4_000,
    "1e308": "1e308",
    "infinity by overflow": "1e999",
    "minus infinity by overflow": "-1e999",
}


@pytest.mark.parametrize("sub", SUBJECTS.values(), ids=SUBJECTS)
def test_subject_that_is_not_a_canonical_uuid_is_refused(sub: Any) -> None:
    refused(with_claims(sub=sub))


@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
def test_roles_that_are_no_short_list_of_strings_are_refused(roles: Any) -> None:
    refused(with_claims(roles=roles))


def test_no_roles_and_unknown_roles_are_left_to_the_rules() -> None:
    assert verify(with_claims(roles=[])).roles == ()
    assert verify(with_claims(roles=["x", "viewer"])).roles == ("x", "viewer")


@pytest.mark.parametrize("jti", TOKEN_IDS.values(), ids=TOKEN_IDS)
def test_token_id_that_is_no_short_string_is_refused(jti: Any) -> None:
    refused(with_claims(jti=jti))


def test_token_id_is_told() -> None:
    assert verify(with_claims(jti="a" * 256)).token_id == "a" * 256


@pytest.mark.parametrize("spelling", NUMBERS_OF_NO_TIME.values(), ids=NUMBERS_OF_NO_TIME)
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_time_that_is_no_number_of_seconds_is_refused(name: str, spelling: str) -> None:
    refused(with_raw_claim(name, spelling))


def test_token_without_exp_is_refused() -> None:
    refused(with_claims(exp=ABSENT))


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_time_with_a_fraction_is_accepted(name: str) -> None:
    assert verify(with_claims(**{name: NOW - 0.5})).user_id == USER_ID


class Moment:
    """A boundary: good at `now`, refused at `later` (or the reverse) by an error."""

    def __init__(self, token: str, good: float, bad: float, error: type[Exception]) -> None:
        self.token, self.good, self.bad, self.error = token, good, bad, error


MOMENTS = {
    "exp": Moment(forge(), EXPIRES - 0.001, EXPIRES, TokenExpired),
    "exp with a fraction": Moment(
        with_claims(exp=EXPIRES + 0.5), EXPIRES + 0.49, EXPIRES + 0.5, TokenExpired
    ),
    "nbf": Moment(with_claims(nbf=NOW), NOW, NOW - 0.001, TokenInvalid),
    "iat": Moment(with_claims(iat=NOW), NOW, NOW - 0.001, TokenInvalid),
}
MOMENTS_WITH_LEEWAY = {
    "exp": Moment(forge(), EXPIRES + LEEWAY - 0.001, EXPIRES + LEEWAY, TokenExpired),
    "nbf": Moment(with_claims(nbf=NOW), NOW - LEEWAY, NOW - LEEWAY - 0.001, TokenInvalid),
    "iat": Moment(with_claims(iat=NOW), NOW - LEEWAY, NOW - LEEWAY - 0.001, TokenInvalid),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_times_hold_to_the_moment(moment: Moment) -> None:
    assert verify(moment.token, now=moment.good).user_id == USER_ID
    with pytest.raises(moment.error):
        verify(moment.token, now=moment.bad)


@pytest.mark.parametrize("moment", MOMENTS_WITH_LEEWAY.values(), ids=MOMENTS_WITH_LEEWAY)
def test_leeway_moves_the_moment_and_no_more(moment: Moment) -> None:
    assert verify(moment.token, now=moment.good, leeway_seconds=LEEWAY).user_id == USER_ID
    with pytest.raises(moment.error):
        verify(moment.token, now=moment.bad, leeway_seconds=LEEWAY)


EXPIRED_AND_ALSO = {
    "forged": lambda: forge(payload={**CLAIMS, "exp": 1}, secret=OTHER_SECRET),
    "of another audience": lambda: with_claims(exp=1, aud="other"),
    "of another kind": lambda: forge({"alg": "HS256", "typ": "refresh+jwt"}, {**CLAIMS, "exp": 1}),
    "without a user": lambda: with_claims(exp=1, sub="ada"),
}


@pytest.mark.parametrize("make", EXPIRED_AND_ALSO.values(), ids=EXPIRED_AND_ALSO)
def test_only_a_token_that_was_good_once_is_called_expired(make: Callable[[], str]) -> None:
    refused(make())


OURS = {"issuer": "https://us.example", "audience": "getme"}
BY_US = {"iss": "https://us.example", "aud": "getme"}

# policy, claims, whether they are accepted
PARTIES = {
    "nothing asked, nothing said": ({}, {}, True),
    "nothing asked, issuer said": ({}, {"iss": "x"}, True),
    "nothing asked, audience said": ({}, {"aud": "x"}, False),
    "nothing asked, audience null": ({}, {"aud": None}, False),
    "nothing asked, audience list of null": ({}, {"aud": [None]}, False),
    "nothing asked, audience empty": ({}, {"aud": []}, False),
    "both right": (OURS, BY_US, True),
    "one of several audiences": (OURS, BY_US | {"aud": ["other", "getme"]}, True),
    "issuer absent": (OURS, {"aud": "getme"}, False),
    "issuer of another": (OURS, BY_US | {"iss": "https://us.example.org"}, False),
    "issuer with a slash": (OURS, BY_US | {"iss": "https://us.example/"}, False),
    "issuer part of ours": (OURS, BY_US | {"iss": "https://us"}, False),
    "issuer list": (OURS, BY_US | {"iss": ["https://us.example"]}, False),
    "issuer null": (OURS, BY_US | {"iss": None}, False),
    "audience absent": (OURS, {"iss": "https://us.example"}, False),
    "audience of another": (OURS, BY_US | {"aud": "other"}, False),
    "audience part of ours": (OURS, BY_US | {"aud": "get"}, False),
    "audience in capitals": (OURS, BY_US | {"aud": "GETME"}, False),
    "audience with ours inside": (OURS, BY_US | {"aud": "getme other"}, False),
    "audience dict": (OURS, BY_US | {"aud": {"getme": True}}, False),
    "audience list with a number": (OURS, BY_US | {"aud": ["getme", 1]}, False),
    "audience list in a list": (OURS, BY_US | {"aud": [["getme"]]}, False),
}


@pytest.mark.parametrize(("policy", "claims", "accepted"), PARTIES.values(), ids=PARTIES)
def test_issuer_and_audience_are_exactly_those_that_are_asked_for(
    policy: dict[str, Any], claims: dict[str, Any], accepted: bool
) -> None:
    token = with_claims(**claims)
    if accepted:
        assert verify(token, **policy).user_id == USER_ID
    else:
        refused(token, **policy)


def test_new_and_old_secret_verify_and_a_third_does_not() -> None:
    verifier = Verifier(SecretKeys((OTHER_SECRET, SECRET)), TokenPolicy())
    for secret in (OTHER_SECRET, SECRET):
        assert verifier.verify(forge(secret=secret), now=NOW).user_id == USER_ID
    with pytest.raises(TokenInvalid):
        verifier.verify(forge(secret=SECRET[::-1]), now=NOW)


def test_refusals_look_alike_to_the_caller_and_differ_in_the_log() -> None:
    errors = [
        refused(forge(secret=OTHER_SECRET)),
        refused(with_claims(sub="ada")),
        refused("junk"),
    ]
    assert {error.message for error in errors} == {"the token is not valid"}
    assert len({error.cause for error in errors}) == 3
    assert not any("ada" in error.cause or SUB in error.cause for error in errors)
