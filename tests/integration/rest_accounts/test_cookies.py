"""A browser's session in cookies, from sign-in to sign-out, with a real server behind it."""

from typing import Any

import pytest

from tests.accounts import PASSWORD
from tests.integration.rest_accounts.rest_people import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    ME,
    NAMES,
    REFRESH,
    REGISTER,
    SESSIONS,
    Browser,
    Refusal,
    RestSystem,
    SignedIn,
    fresh_email,
    refusal,
)

ACCESS = ("__Host-getme_access", "/")
REFRESHES = {("__Secure-getme_refresh", path) for path in (REFRESH, LOGOUT)}
ATTRIBUTES = {"HttpOnly", "Secure", "SameSite=Strict"}
ELSEWHERE = Refusal(403, "ORIGIN_REFUSED")
INVALID = Refusal(401, "TOKEN_INVALID")
FOREIGN = "https://evil.example"


@pytest.fixture
def browser(rest: RestSystem, ada: SignedIn) -> Browser:
    """One in which Ada has signed in."""
    browser = rest.browser()
    assert browser.login(ada.email).status_code == 200
    return browser


def require_safe(set_cookies: list[str]) -> None:
    for cookie in set_cookies:
        assert set(cookie.split("; ")) >= ATTRIBUTES
        assert "Domain=" not in cookie


def test_a_sign_in_puts_the_tokens_where_no_script_reads_them(
    rest: RestSystem, ada: SignedIn
) -> None:
    browser = rest.browser()
    answer = browser.login(ada.email)
    assert list(answer.json()) == ["token_type", "expires_in", "user"]
    assert answer.headers["cache-control"] == "no-store"
    assert set(browser.cookies) == {ACCESS, *REFRESHES}
    require_safe(answer.headers.get_list("set-cookie"))
    assert not any(value in answer.text for value in browser.cookies.values())
    assert browser.ask("GET", ME).json() == answer.json()["user"]


def test_a_registration_with_cookies_signs_in(rest: RestSystem) -> None:
    browser = rest.browser()
    given = NAMES | {"email": fresh_email(), "password": PASSWORD}
    answer = browser.ask("POST", f"{REGISTER}?cookie=true", json=given)
    assert answer.status_code == 201, answer.text
    assert not {"token", "refresh_token"} & set(answer.json())
    assert browser.ask("GET", ME).json()["email"] == given["email"]


def test_a_refresh_by_cookie_needs_no_body_and_replaces_the_cookies(browser: Browser) -> None:
    before = dict(browser.cookies)
    answer = browser.ask("POST", REFRESH)
    assert (answer.status_code, list(answer.json())) == (200, ["token_type", "expires_in"])
    require_safe(answer.headers.get_list("set-cookie"))
    assert set(browser.cookies) == set(before)
    assert not set(browser.cookies.values()) & set(before.values())
    assert browser.ask("GET", ME).status_code == 200


def test_the_refresh_token_stays_at_home_on_all_other_routes(browser: Browser) -> None:
    sent = browser.ask("GET", ME).request.headers["cookie"]
    assert sent.count("=") == 1
    assert sent.startswith("__Host-getme_access=")


@pytest.mark.parametrize("body", [None, {}], ids=["no body", "empty body"])
def test_a_sign_out_by_cookie_ends_the_session_and_takes_the_cookies(
    rest: RestSystem, browser: Browser, body: dict[str, Any] | None
) -> None:
    token, old = browser.token(), dict(browser.cookies)
    answer = browser.ask("POST", LOGOUT, json=body)
    assert (answer.status_code, answer.content, browser.cookies) == (204, b"", {})
    require_safe(answer.headers.get_list("set-cookie"))
    headers = {"authorization": f"Bearer {token}"}
    assert refusal(rest.http.get(ME, headers=headers)) == Refusal(401, "TOKEN_REVOKED")
    assert refusal(rest.refresh(old["__Secure-getme_refresh", REFRESH])).reason == "TOKEN_REVOKED"
    assert refusal(browser.ask("GET", ME)) == Refusal(401, "TOKEN_MISSING")


def test_a_browser_whose_session_was_ended_elsewhere_can_still_sign_out(
    rest: RestSystem, ada: SignedIn, browser: Browser
) -> None:
    rest.http.delete(SESSIONS, headers=ada.headers)
    answer = browser.ask("POST", LOGOUT)
    assert answer.status_code in {204, 401}
    assert browser.cookies == {}


def test_a_refused_refresh_takes_the_cookies_of_the_session_that_is_over(
    rest: RestSystem, ada: SignedIn, browser: Browser
) -> None:
    rest.http.delete(SESSIONS, headers=ada.headers)
    answer = browser.ask("POST", REFRESH)
    assert refusal(answer) == Refusal(401, "TOKEN_REVOKED")
    assert browser.cookies == {}
    require_safe(answer.headers.get_list("set-cookie"))


def test_a_tab_that_lost_the_race_to_refresh_keeps_the_cookies(browser: Browser) -> None:
    before = dict(browser.cookies)
    assert browser.ask("POST", REFRESH).status_code == 200
    won = browser.cookies
    browser.cookies = before
    assert browser.ask("POST", REFRESH).status_code == 200
    assert {key: browser.cookies[key] for key in REFRESHES} == {key: won[key] for key in REFRESHES}


def test_a_refresh_that_was_refused_for_another_token_leaves_the_cookies(
    ada: SignedIn, browser: Browser
) -> None:
    name, own = "__Secure-getme_refresh", browser.cookies["__Secure-getme_refresh", REFRESH]
    two = {"cookie": f"{name}={own}; {name}={ada.refresh_token}"}
    assert refusal(browser.ask("POST", REFRESH, headers=two)) == INVALID
    made_up = {"refresh_token": "gmr_made-up"}
    only_access = {"cookie": f"{ACCESS[0]}={browser.token()}"}
    assert refusal(browser.ask("POST", REFRESH, json=made_up, headers=only_access)) == INVALID
    assert browser.ask("POST", REFRESH).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("DELETE", SESSIONS, None), ("DELETE", ME, {"password": PASSWORD})],
    ids=["everywhere", "delete me"],
)
def test_what_ends_the_session_takes_the_cookies(
    browser: Browser, method: str, path: str, body: dict[str, str] | None
) -> None:
    assert browser.ask(method, path, json=body).status_code == 204
    assert browser.cookies == {}


def test_a_header_and_a_cookie_must_be_the_same_token(
    rest: RestSystem, ada: SignedIn, browser: Browser
) -> None:
    assert refusal(browser.ask("GET", ME, headers=ada.headers)) == INVALID
    same = {"authorization": f"Bearer {browser.token()}"}
    assert browser.ask("GET", ME, headers=same).status_code == 200
    two = {"cookie": f"{ACCESS[0]}={browser.token()}; {ACCESS[0]}={ada.token}"}
    assert refusal(rest.http.get(ME, headers=two)) == INVALID
    other = {"refresh_token": ada.refresh_token}
    assert refusal(browser.ask("POST", REFRESH, json=other)) == INVALID
    assert browser.ask("GET", ME).status_code == 200
    assert rest.me(ada).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        {"origin": FOREIGN},
        {"origin": "null"},
        {"origin": ""},
        {"origin": FOREIGN, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=lambda said: " ".join(said.values()) or "no origin",
)
def test_another_sites_page_changes_nothing_by_cookie(
    rest: RestSystem, ada: SignedIn, browser: Browser, said: dict[str, str]
) -> None:
    changes: list[tuple[str, str, dict[str, str] | None]] = [
        ("PUT", ME, {"firstname": "Eve"}),
        ("DELETE", ME, {"password": PASSWORD}),
        ("POST", CHANGE_PASSWORD, {"old_password": PASSWORD, "new_password": "eve knows this"}),
        ("DELETE", SESSIONS, None),
        ("POST", REFRESH, None),
        ("POST", LOGOUT, None),
    ]
    before = dict(browser.cookies)
    for method, path, body in changes:
        assert refusal(browser.ask(method, path, json=body, headers=said)) == ELSEWHERE
    assert browser.cookies == before
    assert rest.me(ada).json()["firstname"] == "Ada"
    assert browser.ask("GET", ME, headers=said).status_code == 200
    assert rest.login(ada.email).status_code == 200


@pytest.mark.parametrize("said", [{}, {"origin": FOREIGN}, {"sec-fetch-site": "cross-site"}])
def test_another_sites_page_cannot_plant_a_session(
    rest: RestSystem, ada: SignedIn, said: dict[str, str]
) -> None:
    given = {"email": ada.email, "password": PASSWORD}
    answer = rest.http.post(f"{LOGIN}?cookie=true", json=given, headers=said)
    assert refusal(answer) == ELSEWHERE
    assert "set-cookie" not in answer.headers


def test_a_page_of_ours_is_known_by_its_fetch_metadata_alone(
    rest: RestSystem, browser: Browser
) -> None:
    cookie = f"{ACCESS[0]}={browser.token()}"
    ours = {"cookie": cookie, "sec-fetch-site": "same-origin"}
    answer = rest.http.put(ME, json={"firstname": "Grace"}, headers=ours)
    assert answer.json()["firstname"] == "Grace"


@pytest.mark.parametrize("query", ["?cookie=1", "?cookie=", "?cookie=true&cookie=true"])
def test_a_choice_that_is_none_is_named(rest: RestSystem, ada: SignedIn, query: str) -> None:
    answer = rest.browser().ask(
        "POST", f"{LOGIN}{query}", json={"email": ada.email, "password": PASSWORD}
    )
    assert refusal(answer) == Refusal(400, "INVALID_FIELD", frozenset({"cookie"}))


def test_a_refused_sign_in_sets_no_cookie(rest: RestSystem, ada: SignedIn) -> None:
    browser = rest.browser()
    assert refusal(browser.login(ada.email, "wrong")) == Refusal(401, "BAD_CREDENTIALS")
    assert browser.cookies == {}
