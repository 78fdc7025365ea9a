"""Registration, sign-in, refresh and sign-out over REST."""

import json
import re
from typing import Any
from uuid import UUID

import pytest

from tests.accounts import PASSWORD
from tests.integration.gateway_hits import remember
from tests.integration.rest_accounts.rest_people import (
    LOGIN,
    LOGOUT,
    NAMES,
    REFRESH,
    USERS,
    Refusal,
    RestSystem,
    SignedIn,
    fresh_email,
    refusal,
)

TOKEN_KEYS = ["token", "token_type", "expires_in", "refresh_token"]
USER_KEYS = [
    "userId",
    "firstname",
    "lastname",
    "email",
    "account_status",
    "created_date",
    "last_login_date",
]
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
REVOKED = Refusal(401, "TOKEN_REVOKED")
INVALID = Refusal(401, "TOKEN_INVALID")


def invalid(*fields: str) -> Refusal:
    return Refusal(400, "INVALID_FIELD", frozenset(fields))


def test_a_registration_answers_four_keys(rest: RestSystem) -> None:
    email = fresh_email()
    answer = rest.register(f"  {email.upper()} ", firstname=" Zoë ", lastname="Exámple")
    assert answer.status_code == 201, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    user_id = str(UUID(answer.json()["userId"]))
    assert list(answer.json().items()) == [
        ("userId", user_id),
        ("firstname", "Zoë"),
        ("lastname", "Exámple"),
        ("email", email),
    ]
    profile = rest.http.get(f"{USERS}/{user_id}").json()
    assert (profile["firstname"], profile["account_status"]) == ("Zoë", "active")
    assert not {"email", "last_login_date"} & set(profile)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"email": "nobody"}, ["email"]),
        ({"email": "a@b"}, ["email"]),
        ({"email": "a..b@example.org"}, ["email"]),
        ({"email": f"{'x' * 65}@example.org"}, ["email"]),
        ({"email": "ada@example.org\r\nBcc: eve@example.org"}, ["email"]),
        ({"firstname": "x" * 51}, ["firstname"]),
        ({"firstname": "   "}, ["firstname"]),
        ({"lastname": "a\x1b[31mb"}, ["lastname"]),
        ({"lastname": "\u202eadA"}, ["lastname"]),
        ({"password": "seven77"}, ["password"]),
        ({"password": "x" * 129}, ["password"]),
        ({"password": "password1"}, ["password"]),
        ({"password": "x" * 5_000}, ["password"]),
        ({"firstname": 1, "email": ["x"], "password": {}}, ["firstname", "email", "password"]),
        ({"firstname": None, "password": None}, ["firstname", "password"]),
        ({"email": "nobody", "password": "x" * 7}, ["email", "password"]),
    ],
    ids=lambda value: str(value)[:32] if isinstance(value, dict) else "",
)
def test_a_registration_is_told_each_field_that_is_wrong(
    rest: RestSystem, given: dict[str, Any], fields: list[str]
) -> None:
    assert refusal(rest.register(**{"email": fresh_email()} | given)) == invalid(*fields)


def test_an_address_can_be_registered_once_however_it_is_typed(rest: RestSystem) -> None:
    email = fresh_email()
    assert rest.register(email).status_code == 201
    for spelled in (email, email.upper(), f" {email}", f"\uff32{email[1:]}"):
        assert refusal(rest.register(spelled)) == Refusal(409, "EMAIL_TAKEN")


def test_a_sign_in_answers_tokens_and_the_user(rest: RestSystem) -> None:
    email = fresh_email()
    user_id = rest.register(email).json()["userId"]
    answer = rest.login(email.upper())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    body = answer.json()
    assert list(body) == [*TOKEN_KEYS, "user"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3_600)
    user = body["user"]
    assert list(user) == USER_KEYS
    assert user | {"created_date": "", "last_login_date": ""} == NAMES | {
        "userId": user_id,
        "email": email,
        "account_status": "active",
        "created_date": "",
        "last_login_date": "",
    }
    assert DATE.fullmatch(user["created_date"])
    assert DATE.fullmatch(user["last_login_date"])
    assert rest.me(SignedIn(user_id, email, body["token"], "")).json() == user


def test_no_answer_tells_whether_the_address_or_the_password_is_wrong(rest: RestSystem) -> None:
    email = fresh_email()
    rest.register(email)
    answers = [
        rest.login(email, "a wrong password"),
        rest.login(fresh_email(), "a wrong password"),
        rest.login("no address at all", PASSWORD),
        rest.login(email, PASSWORD + " "),
        rest.login(email, "\0"),
    ]
    assert {refusal(answer) for answer in answers} == {Refusal(401, "BAD_CREDENTIALS")}
    told = {tuple(v for k, v in answer.json().items() if k != "request_id") for answer in answers}
    assert len(told) == 1
    # RFC 6750 section 3.1: no token was given, so none was wrong.
    assert {a.headers["www-authenticate"] for a in answers} == {'Bearer realm="getme"'}


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "", "password": ""}, ["email", "password"]),
        ({"email": "ada@example.org", "password": 12345678}, ["password"]),
        ({"email": "x" * 1_025, "password": PASSWORD}, ["email"]),
        ({"email": "ada@example.org", "password": "x" * 4_097}, ["password"]),
        ({"email": "ada@example.org", "password": "\ud800"}, ["password"]),
    ],
    ids=["nothing", "empty", "number", "long address", "long password", "half a character"],
)
def test_a_sign_in_is_told_which_field_cannot_be_read(
    rest: RestSystem, given: dict[str, Any], fields: list[str]
) -> None:
    headers = {"content-type": "application/json"}
    answer = rest.http.post(LOGIN, content=json.dumps(given), headers=headers)
    assert refusal(answer) == invalid(*fields)


def test_a_refresh_answers_the_next_pair(rest: RestSystem, ada: SignedIn) -> None:
    answer = rest.refresh(ada.refresh_token)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    body = answer.json()
    assert list(body) == TOKEN_KEYS
    assert body["refresh_token"] != ada.refresh_token
    assert rest.me(ada._replace(token=body["token"])).status_code == 200
    # A second tab, or an answer that was lost.
    again = rest.refresh(ada.refresh_token).json()
    assert again["refresh_token"] == body["refresh_token"]


def test_a_token_that_was_used_before_its_successor_ends_the_session(
    rest: RestSystem, ada: SignedIn
) -> None:
    second = rest.refresh(ada.refresh_token).json()["refresh_token"]
    third = rest.refresh(second).json()
    assert refusal(rest.refresh(ada.refresh_token)) == REVOKED
    assert refusal(rest.refresh(third["refresh_token"])) == REVOKED
    assert refusal(rest.me(ada._replace(token=third["token"]))) == REVOKED


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (None, Refusal(401, "TOKEN_MISSING")),
        ({}, Refusal(401, "TOKEN_MISSING")),
        ({"refresh_token": ""}, Refusal(401, "TOKEN_MISSING")),
        ({"refresh_token": "x"}, INVALID),
        ({"refresh_token": "gmr_" + "A" * 108}, INVALID),
        ({"refresh_token": "x" * 1_025}, invalid("refresh_token")),
        ({"refresh_token": ["x"]}, invalid("refresh_token")),
    ],
    ids=["no body", "no token", "empty", "short", "forged", "long", "list"],
)
def test_what_is_no_refresh_token_is_refused(
    rest: RestSystem, body: dict[str, Any] | None, refused: Refusal
) -> None:
    assert refusal(rest.http.post(REFRESH, json=body)) == refused


@pytest.mark.parametrize("named", [True, False], ids=["named", "its own"])
def test_a_sign_out_ends_the_session(rest: RestSystem, ada: SignedIn, named: bool) -> None:
    other = rest.sign_in(ada.email)
    body = {"refreshToken": ada.refresh_token} if named else None
    answer = rest.http.post(LOGOUT, headers=ada.headers, json=body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "set-cookie" not in answer.headers
    assert refusal(rest.me(ada)) == REVOKED
    assert refusal(rest.refresh(ada.refresh_token)) == REVOKED
    assert refusal(rest.http.post(LOGOUT, headers=ada.headers)) == REVOKED
    assert rest.me(other).status_code == 200


def test_a_refresh_token_alone_ends_its_session(rest: RestSystem, ada: SignedIn) -> None:
    remember(rest.http, rest.gateway, ada.headers)  # which is void at once, too
    answer = rest.http.post(LOGOUT, json={"refresh_token": ada.refresh_token})
    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(rest.me(ada)) == REVOKED


def test_a_sign_out_needs_a_token_of_ones_own(rest: RestSystem, ada: SignedIn) -> None:
    assert refusal(rest.http.post(LOGOUT)) == Refusal(401, "TOKEN_MISSING")
    assert refusal(rest.http.post(LOGOUT, json={"refresh_token": "x"})) == INVALID
    eve, body = rest.new_user(), {"refresh_token": ada.refresh_token}
    assert refusal(rest.http.post(LOGOUT, json=body, headers=eve.headers)) == INVALID
    assert rest.me(ada).status_code == 200
