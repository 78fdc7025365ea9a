"""Tokens in cookies: set so that no script, no other site and no other path gets them."""

from typing import Any

import grpc
import pytest

from getme.reasons import Reason
from getme.v1.auth_service_pb2 import LoginResponse, RefreshResponse, RegisterResponse
from getme.v1.user_pb2 import User
from getme_gateway.cookies import REFRESH_PATHS
from getme_gateway.transcoding.annotations import rpc_routes
from getme_gateway.wiring import CONTRACT
from tests.unit.gateway.gateway_in_test import OWN_PAGE, Answer, Gateway, Header, Refusal

USERS = "/api/v1/users"
ACCESS: Header = (b"cookie", b"__Host-getme_access=old")
REFRESH: Header = (b"cookie", b"__Secure-getme_refresh=old-r")
BOTH: Header = (b"cookie", b"__Host-getme_access=old; __Secure-getme_refresh=old-r")
FLAGS = "HttpOnly; Secure; SameSite=Strict"
YEAR_AND_A_BIT = 34_560_000  # 400 days
GIVEN = [
    f"__Host-getme_access=canary-a; Path=/; Max-Age=900; {FLAGS}",
    f"__Secure-getme_refresh=canary-r; Path={USERS}/refresh; Max-Age={YEAR_AND_A_BIT}; {FLAGS}",
    f"__Secure-getme_refresh=canary-r; Path={USERS}/logout; Max-Age={YEAR_AND_A_BIT}; {FLAGS}",
]
TAKEN = [
    f"__Host-getme_access=; Path=/; Max-Age=0; {FLAGS}",
    f"__Secure-getme_refresh=; Path={USERS}/refresh; Max-Age=0; {FLAGS}",
    f"__Secure-getme_refresh=; Path={USERS}/logout; Max-Age=0; {FLAGS}",
]
TOKENS: dict[str, Any] = {
    "token": "canary-a",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "canary-r",
}


@pytest.fixture
def signing_in(gateway: Gateway) -> Gateway:
    """A gateway whose server gives tokens to whoever asks."""
    user = User(user_id="1")
    gateway.server.answers = {
        "Login": LoginResponse(user=user, **TOKENS),
        "Register": RegisterResponse(user_id="1", user=user, **TOKENS),
        "Refresh": RefreshResponse(**TOKENS),
    }
    return gateway


def check_by_cookie(answer: Answer, status: int, keys: set[str]) -> None:
    """Checks that the tokens went into cookies and nowhere else."""
    assert (answer.status, set(answer.json)) == (status, keys)
    assert answer.cookies == GIVEN
    assert b"canary" not in answer.body
    assert dict(answer.headers)[b"cache-control"] == b"no-store"


def test_the_refresh_cookie_goes_where_the_refresh_token_is_read() -> None:
    readers = {
        route.template.text.encode()
        for route in rpc_routes(CONTRACT)
        if "refresh_token" in route.rpc.input_type.fields_by_name
    }
    assert readers == set(REFRESH_PATHS)


@pytest.mark.parametrize("query", ["cookie=true", "%63ookie=tru%65", "x=1&cookie=true"])
def test_a_sign_in_with_cookies_has_no_token_in_the_body(signing_in: Gateway, query: str) -> None:
    answer = signing_in.ask("POST", f"{USERS}/login?{query}", {}, headers=[OWN_PAGE])
    check_by_cookie(answer, 200, {"token_type", "expires_in", "user"})


def test_a_registration_with_cookies_signs_in(signing_in: Gateway) -> None:
    answer = signing_in.ask("POST", f"{USERS}/register?cookie=true", {}, headers=[OWN_PAGE])
    names = {"userId", "firstname", "lastname", "email"}
    check_by_cookie(answer, 201, {*names, "token_type", "expires_in", "user"})
    assert signing_in.server.requests[0].sign_in


def test_without_tokens_in_the_answer_no_cookie_is_set(gateway: Gateway) -> None:
    gateway.server.answers["Register"] = RegisterResponse(user_id="1")
    answer = gateway.ask("POST", f"{USERS}/register?cookie=true", {}, headers=[OWN_PAGE])
    assert (answer.status, answer.cookies) == (201, [])


@pytest.mark.parametrize("query", ["", "?cookie=false"])
def test_a_sign_in_without_cookies_sets_none(signing_in: Gateway, query: str) -> None:
    answer = signing_in.ask("POST", f"{USERS}/login{query}", {})
    assert answer.json["token"] == "canary-a"
    assert answer.cookies == []


@pytest.mark.parametrize("query", ["cookie=1", "cookie=", "cookie=TRUE", "cookie=true&cookie=true"])
def test_a_choice_that_is_none_is_refused_by_name(signing_in: Gateway, query: str) -> None:
    answer = signing_in.ask("POST", f"{USERS}/login?{query}", {}, headers=[OWN_PAGE])
    assert (answer.status, list(answer.json["errors"])) == (400, ["cookie"])
    assert signing_in.server.names == []


@pytest.mark.parametrize("query", ["", "?cookie=false"])
@pytest.mark.parametrize("cookies", [[REFRESH], [BOTH], [ACCESS, REFRESH]])
@pytest.mark.parametrize("body", [None, {}, {"refreshToken": ""}], ids=["none", "{}", "empty"])
def test_a_refresh_by_cookie_is_answered_by_cookies(
    signing_in: Gateway, query: str, cookies: list[Header], body: object
) -> None:
    headers = [*cookies, OWN_PAGE]
    answer = signing_in.ask("POST", f"{USERS}/refresh{query}", body, headers=headers)
    check_by_cookie(answer, 200, {"token_type", "expires_in"})
    assert signing_in.server.requests[0].refresh_token == "old-r"


def test_a_refresh_by_body_is_answered_in_the_body(signing_in: Gateway) -> None:
    answer = signing_in.ask("POST", f"{USERS}/refresh", {"refresh_token": "r"})
    assert (answer.json, answer.cookies) == (TOKENS, [])
    assert signing_in.server.requests[0].refresh_token == "r"


def test_a_refresh_by_body_may_move_the_session_into_cookies(signing_in: Gateway) -> None:
    answer = signing_in.ask(
        "POST", f"{USERS}/refresh?cookie=true", {"refresh_token": "r"}, headers=[OWN_PAGE]
    )
    check_by_cookie(answer, 200, {"token_type", "expires_in"})


@pytest.mark.parametrize("route", ["refresh", "logout"])
@pytest.mark.parametrize(
    ("body", "cookies"),
    [
        pytest.param({"refresh_token": "r"}, [REFRESH], id="another in the body"),
        pytest.param({}, [REFRESH, REFRESH], id="two cookies"),
        pytest.param({}, [(b"cookie", b"__Secure-getme_refresh=\xe9")], id="not ASCII"),
    ],
)
def test_refresh_tokens_that_are_not_one_are_invalid(
    signing_in: Gateway, route: str, body: object, cookies: list[Header]
) -> None:
    answer = signing_in.ask("POST", f"{USERS}/{route}", body, headers=[*cookies, OWN_PAGE])
    assert (answer.status, answer.reason) == (401, "TOKEN_INVALID")
    assert signing_in.server.names == []


def test_a_refresh_token_that_fits_its_cookie_was_in_the_body(signing_in: Gateway) -> None:
    body = {"refresh_token": "old-r"}
    answer = signing_in.ask("POST", f"{USERS}/refresh", body, headers=[REFRESH, OWN_PAGE])
    assert answer.json["token"] == "canary-a"


def test_a_refresh_token_counts_on_no_other_route(signing_in: Gateway) -> None:
    answer = signing_in.ask("PUT", f"{USERS}/me", {}, headers=[REFRESH])
    assert answer.status == 200
    assert "authorization" not in signing_in.server.metadata[0]


@pytest.mark.parametrize("cookies", [ACCESS, REFRESH, BOTH], ids=["access", "refresh", "both"])
@pytest.mark.parametrize(
    "reason", [None, Reason.TOKEN_EXPIRED, Reason.TOKEN_MISSING], ids=["ok", "expired", "missing"]
)
def test_a_logout_by_cookie_takes_the_cookies_whatever_the_token(
    gateway: Gateway, cookies: Header, reason: Reason | None
) -> None:
    if reason:
        gateway.server.answers["Logout"] = Refusal(grpc.StatusCode.UNAUTHENTICATED, reason)
    answer = gateway.ask("POST", f"{USERS}/logout", headers=[cookies, OWN_PAGE])
    assert (answer.status, answer.reason) == ((401, reason) if reason else (204, ""))
    assert answer.cookies == TAKEN
    given = cookies[1]
    asked = gateway.server.requests[0].refresh_token
    assert asked == ("old-r" if b"refresh" in given else "")
    assert ("authorization" in gateway.server.metadata[0]) == (b"access" in given)


def test_a_logout_that_did_not_happen_leaves_the_cookies(gateway: Gateway) -> None:
    gateway.server.answers["Logout"] = Refusal(
        grpc.StatusCode.UNAVAILABLE, Reason.STORE_UNAVAILABLE
    )
    answer = gateway.ask("POST", f"{USERS}/logout", headers=[BOTH, OWN_PAGE])
    assert (answer.status, answer.cookies) == (503, [])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("DELETE", "/me", {"password": "p"}, id="delete"),
        pytest.param("DELETE", "/me/sessions", None, id="sign out everywhere"),
    ],
)
def test_what_ends_the_session_takes_the_cookies_only_if_it_did(
    gateway: Gateway, method: str, path: str, body: object
) -> None:
    headers = [ACCESS, OWN_PAGE]
    answer = gateway.ask(method, USERS + path, body, headers=headers)
    assert (answer.status, answer.cookies) == (204, TAKEN)
    refusal = Refusal(grpc.StatusCode.UNAUTHENTICATED, Reason.BAD_CREDENTIALS)
    gateway.server.answers = dict.fromkeys(("DeleteMe", "LogoutEverywhere"), refusal)
    answer = gateway.ask(method, USERS + path, body, headers=headers)
    assert (answer.status, answer.cookies) == (401, [])


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/logout"), ("DELETE", "/me/sessions"), ("DELETE", "/me")],
)
def test_without_cookies_none_are_taken(gateway: Gateway, method: str, path: str) -> None:
    answer = gateway.ask(method, USERS + path, headers=[(b"authorization", b"Bearer a")])
    assert (answer.status, answer.cookies) == (204, [])


def test_other_changes_by_cookie_leave_the_cookies(gateway: Gateway) -> None:
    for method, path in [("PUT", "/me"), ("POST", "/me/password"), ("DELETE", "/me/sessions/1")]:
        answer = gateway.ask(method, USERS + path, headers=[ACCESS, OWN_PAGE])
        assert answer.status in {200, 204}
        assert answer.cookies == []
