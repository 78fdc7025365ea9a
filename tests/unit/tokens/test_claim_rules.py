"""Which claims are good: one table for each, at a moment that is passed in."""

from typing import Any

import pytest

from getme_server.errors import TokenExpired, TokenInvalid
from tests.unit.tokens.forging import (
    ABSENT,
    EXPIRES,
    NOW,
    USER_ID,
    forge,
    with_claims,
    with_raw_claim,
)
from tests.unit.tokens.verdicts import refused, verify

SUB = str(USER_ID)
LEEWAY = 5.0
SURROGATE = "\ud800"  # JSON can spell it alone, UTF-8 cannot

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
    "role of a lone surrogate": [SURROGATE],
}

TOKEN_IDS: dict[str, Any] = {
    "null": None,
    "number": 1,
    "true": True,
    "list": ["x"],
    "dict": {},
    "257 characters": "x" * 257,
    "lone surrogate": SURROGATE,
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
    assert verify(with_claims(roles=["\u00e9", "\U0001f600"])).roles == ("\u00e9", "\U0001f600")


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
    # A second of grace for clocks of issuers that are ahead.
    "iat": Moment(with_claims(iat=NOW), NOW - 1, NOW - 1.001, TokenInvalid),
}
MOMENTS_WITH_LEEWAY = {
    "exp": Moment(forge(), EXPIRES + LEEWAY - 0.001, EXPIRES + LEEWAY, TokenExpired),
    "nbf": Moment(with_claims(nbf=NOW), NOW - LEEWAY, NOW - LEEWAY - 0.001, TokenInvalid),
    "iat": Moment(with_claims(iat=NOW), NOW - LEEWAY - 1, NOW - LEEWAY - 1.001, TokenInvalid),
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
    "audience beside a lone surrogate": (OURS, BY_US | {"aud": ["getme", SURROGATE]}, False),
    "nothing asked, issuer a lone surrogate": ({}, {"iss": SURROGATE}, False),
    "nothing asked, issuer of 257 characters": ({}, {"iss": "x" * 257}, False),
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


ALL = {"jti": "x", "iat": NOW, "nbf": NOW}

# required, claims, whether they are accepted
MEMBERS = {
    "nothing required, nothing there": (set(), {}, True),
    "all there": ({"jti", "iat", "nbf"}, ALL, True),
    "jti absent": ({"jti", "iat", "nbf"}, ALL | {"jti": ABSENT}, False),
    "jti empty": ({"jti"}, {"jti": ""}, False),
    "iat absent": ({"jti", "iat", "nbf"}, ALL | {"iat": ABSENT}, False),
    "nbf absent": ({"jti", "iat", "nbf"}, ALL | {"nbf": ABSENT}, False),
    "nbf of 1970 is there": ({"nbf"}, {"nbf": 0}, True),
    "another one there": ({"nbf"}, {"iat": NOW}, False),
    "one that is not required absent": ({"iat"}, {"iat": NOW}, True),
}


@pytest.mark.parametrize(("required", "claims", "accepted"), MEMBERS.values(), ids=MEMBERS)
def test_claim_that_the_operator_asks_for_must_be_there(
    required: set[str], claims: dict[str, Any], accepted: bool
) -> None:
    token = with_claims(**claims)
    if accepted:
        assert verify(token, required=frozenset(required)).user_id == USER_ID
    else:
        cause = refused(token, required=frozenset(required)).cause
        assert "GETME_TOKEN_REQUIRE" in cause


def test_refusal_names_all_that_is_missing() -> None:
    required = frozenset({"typ", "jti", "iat", "nbf"})
    token = forge({"alg": "HS256", "typ": "at+jwt"})
    assert "no iat, jti, nbf, which" in refused(token, required=required).cause


LONGEST = 3_600

# claims, leeway, whether a token may live so long where the longest life is LONGEST
LIVES = {
    "exactly the longest": ({"iat": NOW, "exp": NOW + LONGEST}, 0, True),
    "a millisecond longer": ({"iat": NOW, "exp": NOW + LONGEST + 0.001}, 0, False),
    "longest, issued long ago": ({"iat": NOW - LONGEST + 1, "exp": NOW + 1}, 0, True),
    "too long, though it ends soon": ({"iat": NOW - LONGEST, "exp": NOW + 1}, 0, False),
    "issued in 1970": ({"iat": 0, "exp": NOW + 1}, 0, False),
    "no iat, ends in time": ({"exp": NOW + LONGEST}, 0, True),
    "no iat, ends too late": ({"exp": NOW + LONGEST + 0.001}, 0, False),
    "no iat, ends within the leeway": ({"exp": NOW + LONGEST + 5}, 5, True),
    "no iat, ends after the leeway": ({"exp": NOW + LONGEST + 5.001}, 5, False),
    "iat ahead within the leeway counts from now": (
        {"iat": NOW + 5, "exp": NOW + LONGEST + 5}, 5, False
    ),
    "iat ahead within the leeway, no longer than from now": (
        {"iat": NOW + 5, "exp": NOW + LONGEST}, 5, True
    ),
    "for ever": ({"iat": NOW, "exp": 253_402_300_799}, 0, False),
}  # fmt: skip


@pytest.mark.parametrize(("claims", "leeway", "accepted"), LIVES.values(), ids=LIVES)
def test_token_lives_no_longer_than_any_token_may(
    claims: dict[str, Any], leeway: float, accepted: bool
) -> None:
    token = with_claims(**claims)
    policy = {"leeway_seconds": leeway, "longest_life_seconds": LONGEST}
    if accepted:
        assert verify(token, **policy).user_id == USER_ID
    else:
        assert "GETME_TOKEN_MAX_TTL" in refused(token, **policy).cause


def test_without_a_longest_life_a_token_may_live_until_the_year_9999() -> None:
    assert verify(with_claims(iat=0, exp=253_402_300_799)).user_id == USER_ID


def test_iat_is_told_as_it_stands_and_may_be_absent() -> None:
    assert verify(with_claims(iat=NOW - 0.25)).issued == NOW - 0.25
    assert verify(with_claims(iat=0)).issued == 0
    assert verify(with_claims()).issued is None


# two tokens, whether a revocation of one is a revocation of the other
NAMES = {
    "one jti": (with_claims(jti="a"), with_claims(jti="a", exp=EXPIRES + 1), True),
    "two jti": (with_claims(jti="a"), with_claims(jti="b"), False),
    "no jti": (forge(), with_claims(exp=EXPIRES + 1), False),
    "empty jti": (with_claims(jti=""), with_claims(jti="", exp=EXPIRES + 1), False),
    "jti that is the start of another": (with_claims(jti="a"), with_claims(jti="aa"), False),
    "jti that spells another token's content": (
        forge(), with_claims(jti="jws:" + forge().rpartition(".")[0]), False
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), NAMES.values(), ids=NAMES)
def test_token_is_named_by_its_id_or_else_by_what_was_signed(
    one: str, other: str, same: bool
) -> None:
    keys = [verify(token).revocation_keys[0] for token in (one, other)]
    assert [len(key) for key in keys] == [32, 32]
    assert (keys[0] == keys[1]) is same


def test_a_token_of_a_session_is_named_by_the_session_too() -> None:
    one = verify(with_claims(sid="session-1", jti="a"))
    other = verify(with_claims(sid="session-1", jti="b"))
    stranger = verify(with_claims(sid="session-2", jti="c"))
    assert one.session_id == "session-1"
    assert one.revocation_keys[0] != other.revocation_keys[0]
    assert one.revocation_keys[1:] == other.revocation_keys[1:]
    assert stranger.revocation_keys[1:] != one.revocation_keys[1:]
    assert verify(with_claims(jti="a")).revocation_keys == one.revocation_keys[:1]


@pytest.mark.parametrize("session_id", [7, None, ["session-1"], "s" * 257, "\ud800"])
def test_a_session_that_is_no_short_text_is_refused(session_id: object) -> None:
    assert isinstance(refused(with_claims(sid=session_id)), TokenInvalid)
