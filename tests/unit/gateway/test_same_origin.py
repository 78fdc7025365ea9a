"""Changes by cookie, and signing in with cookies, must be asked by a page of ours."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple

import pytest
from google.protobuf.message import Message

from getme.v1.auth_service_pb2 import LoginResponse, RefreshResponse
from getme_gateway.http_messages import Request
from getme_gateway.refusals import OriginRefused
from getme_gateway.same_origin import require_same_origin
from tests.unit.gateway.gateway_in_test import Answer, Gateway, Header

ACCESS: Header = (b"cookie", b"__Host-getme_access=abc")
REFRESH: Header = (b"cookie", b"__Secure-getme_refresh=xyz")
LOGIN = {"email": "a@example.org", "password": "p"}


def site(value: str) -> Header:
    return (b"sec-fetch-site", value.encode())


def origin(value: str) -> Header:
    return (b"origin", value.encode())


OURS = [
    pytest.param([site("same-origin")], id="the browser says so"),
    pytest.param([site("same-origin"), origin("https://getme.test")], id="and names the page"),
    pytest.param(
        [site("same-origin"), origin("https://outside.test")], id="a proxy renamed the host"
    ),
    pytest.param([origin("https://getme.test")], id="an older browser"),
    pytest.param([origin("https://getme.test:443")], id="the default port"),
]
NOT_OURS = [
    pytest.param([], id="nothing said"),
    pytest.param([site("same-site")], id="sibling domain"),
    pytest.param([site("cross-site")], id="another site"),
    pytest.param([site("none")], id="no page at all"),
    pytest.param([site("")], id="empty site"),
    pytest.param([site("Same-Origin")], id="other case of the site"),
    pytest.param([site("same-origin")] * 2, id="two sites"),
    pytest.param([site("cross-site"), origin("https://getme.test")], id="site beats origin"),
    pytest.param([origin("null")], id="null"),
    pytest.param([site("same-origin"), origin("null")], id="null with a site"),
    pytest.param([origin("https://getme.test")] * 2, id="two origins"),
    pytest.param(
        [site("same-origin"), origin("https://getme.test"), origin("https://evil.test")],
        id="two origins with a site",
    ),
    pytest.param([origin("https://getme.test, https://getme.test")], id="two origins in one"),
    pytest.param([origin("https://evil.test")], id="another host"),
    pytest.param([origin("https://getme.test.evil.test")], id="ours as a prefix"),
    pytest.param([origin("https://evilgetme.test")], id="ours as a suffix"),
    pytest.param([origin("https://getme.test.")], id="a dot at the end"),
    pytest.param([origin("https://getme.test/")], id="a path"),
    pytest.param([origin("https://getme.test@evil.test")], id="a user name"),
    pytest.param([origin("HTTPS://GETME.TEST")], id="upper case"),
    pytest.param([origin("http://getme.test")], id="without TLS"),
    pytest.param([origin("http://getme.test:443")], id="without TLS on the port of TLS"),
    pytest.param([origin("https://getme.test:8443")], id="another port"),
    pytest.param([origin("https://getme.test:")], id="an empty port"),
    pytest.param([origin("chrome-extension://getme.test")], id="another scheme"),
    pytest.param([origin("getme.test")], id="no scheme"),
    pytest.param([origin("")], id="empty origin"),
    pytest.param([(b"referer", b"https://getme.test/")], id="Referer alone"),
]


class Change(NamedTuple):
    """A change for which the browser adds a cookie, or is to keep one."""

    what: str
    method: str
    path: str
    body: object
    cookies: list[Header]


CHANGES = [
    Change("update", "PUT", "/me", {"firstname": "A"}, [ACCESS]),
    Change("delete", "DELETE", "/me", {"password": "p"}, [ACCESS]),
    Change("sign out everywhere", "DELETE", "/me/sessions", None, [ACCESS]),
    Change("sign out", "POST", "/logout", None, [REFRESH]),
    Change("refresh", "POST", "/refresh", None, [REFRESH]),
    Change("sign in with cookies", "POST", "/login?cookie=true", LOGIN, []),
    Change("refresh into cookies", "POST", "/refresh?cookie=true", {}, []),
    Change("cookies where none come", "PUT", "/me?%63ookie=true", {}, []),
]


def ask(gateway: Gateway, change: Change, page: list[Header]) -> Answer:
    headers = [*change.cookies, *page]
    return gateway.ask(change.method, f"/api/v1/users{change.path}", change.body, headers=headers)


@pytest.mark.parametrize("page", OURS)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_a_page_of_ours_may_change_by_cookie(
    gateway: Gateway, change: Change, page: list[Header]
) -> None:
    assert ask(gateway, change, page).status in {200, 204}
    assert len(gateway.server.names) == 1


@pytest.mark.parametrize("page", NOT_OURS)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_no_other_page_may_and_the_server_is_not_asked(
    gateway: Gateway, change: Change, page: list[Header]
) -> None:
    answer = ask(gateway, change, page)
    assert (answer.status, answer.reason) == (403, "ORIGIN_REFUSED")
    assert answer.cookies == []
    assert gateway.server.names == []


@pytest.mark.parametrize(
    ("own", "page", "is_ours"),
    [
        ("localhost:8080", "http://localhost:8080", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("localhost", "http://localhost", True),
        ("LOCALHOST:80", "http://localhost", True),
        ("getme.test:8443", "https://getme.test:8443", True),
        ("localhost:8080", "http://127.0.0.1:8080", False),
        ("localhost:8080", "http://localhost:8081", False),
        ("localhost:8080", "http://localhost", False),
        ("127.0.0.1.evil.test", "http://127.0.0.1.evil.test", False),
        ("evillocalhost", "http://evillocalhost", False),
        ("10.0.0.7:8080", "http://10.0.0.7:8080", False),
        ("", "https://getme.test", False),
    ],
)
def test_an_origin_is_compared_with_the_host_and_needs_tls_beyond_this_machine(
    request_with: Callable[..., Request], own: str, page: str, *, is_ours: bool
) -> None:
    request = request_with()
    request.headers = [(b"host", own.encode()), origin(page)]
    with nullcontext() if is_ours else pytest.raises(OriginRefused):
        require_same_origin(request)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", ["/api/v1/users/me", "/api/v1/users/me?cookie=true"])
def test_reading_by_cookie_needs_no_page_and_sets_no_cookie(
    gateway: Gateway, method: str, target: str
) -> None:
    answer = gateway.ask(method, target, headers=[ACCESS, site("cross-site")])
    assert answer.status == 200
    assert answer.cookies == []
    assert gateway.server.metadata[0]["authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("target", "headers", "scripted"),
    [
        pytest.param("/api/v1/users/login", [], LoginResponse(token="t"), id="sign in"),
        pytest.param("/api/v1/users/refresh", [], RefreshResponse(token="t"), id="refresh"),
        pytest.param(
            "/api/v1/users/refresh",
            [(b"authorization", b"Bearer abc"), ACCESS],
            RefreshResponse(token="t"),
            id="a header beside the cookie",
        ),
    ],
)
def test_without_cookies_no_page_is_asked_for(
    gateway: Gateway, target: str, headers: list[Header], scripted: Message
) -> None:
    gateway.server.answers = {"Login": scripted, "Refresh": scripted}
    answer = gateway.ask("POST", target, LOGIN, headers=headers)
    assert (answer.status, answer.json["token"], answer.cookies) == (200, "t", [])


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"x-http-method-override", b"PUT")], id="override header"),
        pytest.param([(b"x-method-override", b"DELETE")], id="another override header"),
    ],
)
def test_no_header_or_parameter_makes_a_change_of_a_read(
    gateway: Gateway, headers: list[Header]
) -> None:
    answer = gateway.ask("GET", "/api/v1/users/me?_method=DELETE", headers=[ACCESS, *headers])
    assert answer.status == 200
    assert gateway.server.names == ["GetMe"]


@pytest.mark.parametrize(
    "kind",
    [b"text/plain", b"multipart/form-data; boundary=a", b"application/x-www-form-urlencoded"],
)
def test_what_a_form_can_send_changes_nothing(gateway: Gateway, kind: bytes) -> None:
    headers = [ACCESS, site("same-origin"), (b"content-type", kind), (b"content-length", b"2")]
    answer = gateway.ask("PUT", "/api/v1/users/me", headers=headers)
    assert (answer.status, gateway.server.names) == (415, [])
