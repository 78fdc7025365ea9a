"""What the account routes answer, byte for byte, and what of a request reaches the server."""

from typing import Any
from uuid import UUID

import grpc
import pytest

from getme.reasons import Reason
from getme.v1.auth_service_pb2 import (
    ListSessionsResponse,
    LoginResponse,
    RefreshResponse,
    RegisterResponse,
    Session,
)
from getme.v1.user_pb2 import PublicUser, User
from getme.v1.user_service_pb2 import BatchGetUsersResponse, GetMeResponse
from tests.unit.gateway.gateway_in_test import Gateway, Refusal

USERS = "/api/v1/users"
IDS = [str(UUID(int=number)) for number in range(101)]
ADA = User(
    user_id=IDS[1],
    firstname="Ada",
    lastname="Lovelace",
    email="ada@example.org",
    account_status="active",
)
ADAS_NAMES: dict[str, Any] = {
    "firstname": "Ada",
    "lastname": "Lovelace",
    "email": "ada@example.org",
}
TOKENS: dict[str, Any] = {
    "token": "a",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "r",
}
IN_COLUMNS = {
    "userId": IDS[1],
    **ADAS_NAMES,
    "account_status": "active",
    "created_date": None,
    "last_login_date": None,
}
IN_CAMEL = {
    "userId": IDS[1],
    "firstName": "Ada",
    "lastName": "Lovelace",
    "email": "ada@example.org",
    "accountStatus": "active",
    "createdDate": None,
    "lastLoginDate": None,
}
MODERATORS = GetMeResponse(user=ADA, roles=["moderator"], etag="v1")
CAMEL_TOKENS = {"token": "a", "tokenType": "Bearer", "expiresIn": 900, "refreshToken": "r"}


def test_a_registration_is_201_with_four_keys(gateway: Gateway) -> None:
    gateway.server.answers["Register"] = RegisterResponse(user_id=IDS[1], **ADAS_NAMES)
    body = {**ADAS_NAMES, "password": "secret words"}
    answer = gateway.ask("POST", f"{USERS}/register", body)
    assert (answer.status, answer.json) == (201, {"userId": IDS[1], **ADAS_NAMES})
    (request,) = gateway.server.requests
    assert {key: getattr(request, key) for key in body} == body
    assert not request.sign_in


@pytest.mark.parametrize("spelling", ["sign_in", "signIn"])
def test_a_registration_signs_in_where_that_is_asked(gateway: Gateway, spelling: str) -> None:
    gateway.ask("POST", f"{USERS}/register", {spelling: True})
    assert gateway.server.requests[0].sign_in


@pytest.mark.parametrize(
    ("body", "sign_in"),
    [({}, True), ({"signIn": True}, True), ({"sign_in": False}, False)],
    ids=["by default", "asked for", "refused"],
)
def test_a_registration_in_camel_mode_signs_in_and_has_token_and_user(
    camel_gateway: Gateway, body: dict[str, bool], *, sign_in: bool
) -> None:
    camel_gateway.server.answers["Register"] = RegisterResponse(
        user_id=IDS[1], **ADAS_NAMES, **TOKENS, user=ADA
    )
    camel_gateway.server.answers["GetMe"] = MODERATORS
    answer = camel_gateway.ask("POST", f"{USERS}/register", body)
    names = {key: IN_CAMEL[key] for key in ("userId", "firstName", "lastName", "email")}
    assert answer.status == 201
    user = IN_CAMEL | {"roles": ["moderator"]}
    assert answer.json == {**names, **CAMEL_TOKENS, "user": user}
    assert camel_gateway.server.requests[0].sign_in == sign_in


@pytest.mark.parametrize(
    ("mode", "tokens", "user"),
    [
        ("gateway", TOKENS, IN_COLUMNS),
        ("camel_gateway", CAMEL_TOKENS, IN_CAMEL | {"roles": ["moderator"]}),
    ],
    ids=["columns", "camel"],
)
def test_a_sign_in_has_tokens_and_user_and_a_refresh_the_tokens(
    request: pytest.FixtureRequest, mode: str, tokens: dict[str, Any], user: dict[str, Any]
) -> None:
    gateway: Gateway = request.getfixturevalue(mode)
    gateway.server.answers = {
        "Login": LoginResponse(user=ADA, **TOKENS),
        "Refresh": RefreshResponse(**TOKENS),
        "GetMe": MODERATORS,
    }
    login = gateway.ask("POST", f"{USERS}/login", {"email": "a", "password": "p"})
    assert (login.status, login.json) == (200, {**tokens, "user": user})
    refresh = gateway.ask("POST", f"{USERS}/refresh", {"refresh_token": "r"})
    assert (refresh.status, refresh.json) == (200, tokens)
    for answer in (login, refresh):  # RFC 6749 section 5.1
        assert dict(answer.headers)[b"cache-control"] == b"no-store"


def test_a_sign_in_has_no_user_where_the_server_cannot_say_the_roles_now(
    camel_gateway: Gateway,
) -> None:
    camel_gateway.server.answers = {
        "Login": LoginResponse(user=ADA, **TOKENS),
        "Register": RegisterResponse(user_id=IDS[1], **ADAS_NAMES, **TOKENS, user=ADA),
        "GetMe": Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.OVERLOADED),
    }
    login = camel_gateway.ask("POST", f"{USERS}/login", {"email": "a", "password": "p"})
    assert (login.status, login.json) == (200, CAMEL_TOKENS)
    registered = camel_gateway.ask("POST", f"{USERS}/register", {})
    assert registered.status == 201
    assert "user" not in registered.json
    assert registered.json["token"] == "a"


@pytest.mark.parametrize("mode", ["gateway", "camel_gateway"])
@pytest.mark.parametrize(
    ("route", "body", "filled"),
    [
        ("POST /register", {"firstName": "Ada"}, {"firstname": "Ada"}),
        ("POST /register", {"lastname": "L"}, {"lastname": "L"}),
        ("PUT /me", {"lastName": "L"}, {"lastname": "L"}),
        ("PUT /me", {"firstname": "A"}, {"firstname": "A"}),
        ("POST /refresh", {"refreshToken": "r"}, {"refresh_token": "r"}),
        ("POST /logout", {"refresh_token": "r"}, {"refresh_token": "r"}),
        (
            "POST /me/password",
            {"old_password": "o", "newPassword": "n"},
            {"old_password": "o", "new_password": "n"},
        ),
        ("POST /me/password", {"oldPassword": "o"}, {"old_password": "o"}),
        ("DELETE /me", {"password": "p"}, {"password": "p"}),
        (f"DELETE /me/sessions/{IDS[1]}", None, {"session_id": IDS[1]}),
    ],
)
def test_requests_may_use_either_spelling_in_both_modes(
    request: pytest.FixtureRequest, mode: str, route: str, body: object, filled: dict[str, str]
) -> None:
    gateway: Gateway = request.getfixturevalue(mode)
    method, _, path = route.partition(" ")
    assert gateway.ask(method, USERS + path, body).status < 300
    assert {key: getattr(gateway.server.requests[0], key) for key in filled} == filled


@pytest.mark.parametrize(
    ("method", "path", "rpc"),
    [
        ("DELETE", "/me", "DeleteMe"),
        ("POST", "/me/password", "ChangePassword"),
        ("POST", "/logout", "Logout"),
        ("DELETE", "/me/sessions", "LogoutEverywhere"),
        ("DELETE", f"/me/sessions/{IDS[1]}", "RevokeSession"),
    ],
)
def test_what_has_nothing_to_say_is_204(gateway: Gateway, method: str, path: str, rpc: str) -> None:
    answer = gateway.ask(method, USERS + path)
    assert (answer.status, answer.body, gateway.server.names) == (204, b"", [rpc])


def test_sessions_are_listed_and_kept_by_nobody(gateway: Gateway) -> None:
    session = Session(session_id=IDS[1], user_agent="curl/8", current=True)
    session.last_used.seconds = 0
    gateway.server.answers["ListSessions"] = ListSessionsResponse(sessions=[session])
    answer = gateway.ask("GET", f"{USERS}/me/sessions")
    assert answer.json == {
        "sessions": [
            {
                "session_id": IDS[1],
                "created": None,
                "last_used": "1970-01-01T00:00:00Z",
                "expires": None,
                "address": "",
                "user_agent": "curl/8",
                "current": True,
            }
        ]
    }
    assert dict(answer.headers)[b"cache-control"] == b"no-store"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        pytest.param(f"ids={','.join(IDS[:3])}", IDS[:3], id="commas"),
        pytest.param(f"ids={IDS[2]}&ids={IDS[0]}", [IDS[2], IDS[0]], id="repeated"),
        pytest.param(f"ids={','.join(IDS)}", IDS, id="one too many, for the server to refuse"),
        pytest.param("ids=", [], id="empty, for the server to refuse"),
        pytest.param("", [], id="absent, for the server to refuse"),
    ],
)
def test_public_profiles_are_asked_for_by_a_list(
    gateway: Gateway, query: str, ids: list[str]
) -> None:
    gateway.server.answers["BatchGetUsers"] = BatchGetUsersResponse(
        users=[PublicUser(user_id=IDS[0])]
    )
    answer = gateway.ask("GET", f"{USERS}?{query}")
    assert list(gateway.server.requests[0].ids) == ids
    (user,) = answer.json["users"]
    assert set(user) == {"userId", "firstname", "lastname", "account_status", "created_date"}


@pytest.mark.parametrize(
    ("refusal", "status", "reason"),
    [
        pytest.param(
            Refusal(grpc.StatusCode.UNIMPLEMENTED), 501, "UNIMPLEMENTED", id="no accounts here"
        ),
        pytest.param(
            Refusal(grpc.StatusCode.UNAUTHENTICATED, Reason.BAD_CREDENTIALS),
            401,
            "BAD_CREDENTIALS",
            id="wrong password",
        ),
        pytest.param(
            Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.RATE_LIMITED),
            429,
            "RATE_LIMITED",
            id="too many attempts",
        ),
        pytest.param(
            Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.OVERLOADED),
            503,
            "OVERLOADED",
            id="too many at once",
        ),
    ],
)
def test_a_refused_sign_in_is_a_problem_without_cookies(
    gateway: Gateway, refusal: Refusal, status: int, reason: str
) -> None:
    gateway.server.answers["Login"] = refusal
    answer = gateway.ask("POST", f"{USERS}/login", {"email": "a", "password": "p"})
    assert (answer.status, answer.reason, answer.cookies) == (status, reason, [])
    if status == 501:
        assert answer.json["detail"] == "The server does not serve this."
    if status == 401:
        challenge = dict(answer.headers)[b"www-authenticate"]
        assert challenge.startswith(b"Bearer")
        assert b"invalid_token" not in challenge
