"""What a browser lets pages of other origins do: nothing, but for those of the list."""

from dataclasses import replace

import pytest

from getme.v1.user_pb2 import User
from getme.v1.user_service_pb2 import GetMeResponse
from tests.unit.gateway.gateway_in_test import Answer, Gateway, Header

ME = "/api/v1/users/me"
LISTED = "https://app.example.org"
TOKEN: Header = (b"authorization", b"Bearer abc")
ACCESS: Header = (b"cookie", b"__Host-getme_access=abc")
UNLISTED = [
    "https://evil.example",
    "https://app.example.org.evil.example",
    "https://evilapp.example.org",
    "https://example.org",
    "https://app.example.org.",
    "https://app.example.org/",
    "https://app.example.org:8443",
    "http://app.example.org",
    "HTTPS://APP.EXAMPLE.ORG",
    "https://app.example.org, https://app.example.org",
    "null",
    "*",
    "",
]


@pytest.fixture
def open_gateway(gateway: Gateway) -> Gateway:
    """A gateway with two origins in its list."""
    gateway.server.answers["GetMe"] = GetMeResponse(etag="v1", user=User(user_id="42"))
    return replace(gateway, origins=f"{LISTED},http://localhost:5173")


def origin(value: str) -> Header:
    return (b"origin", value.encode())


def told(answer: Answer) -> dict[str, str]:
    """The CORS headers of an answer."""
    found = [
        (name.decode().removeprefix("access-control-"), value.decode())
        for name, value in answer.headers
        if name.startswith(b"access-control-")
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def varies(answer: Answer) -> set[str]:
    return {
        each.strip().lower()
        for name, value in answer.headers
        if name == b"vary"
        for each in value.decode().split(",")
    }


def preflight(gateway: Gateway, page: str, method: str = "PUT", path: str = ME) -> Answer:
    asked = [(b"access-control-request-method", method.encode()), origin(page)]
    return gateway.ask("OPTIONS", path, headers=asked)


@pytest.mark.parametrize("page", [LISTED, "http://localhost:5173"])
@pytest.mark.parametrize("credential", [TOKEN, ACCESS], ids=["token", "cookie"])
def test_a_listed_page_may_read_with_credentials(
    open_gateway: Gateway, page: str, credential: Header
) -> None:
    answer = open_gateway.ask("GET", ME, headers=[credential, origin(page)])
    assert (answer.status, answer.json["userId"]) == (200, "42")
    assert told(answer) == {
        "allow-origin": page,
        "allow-credentials": "true",
        "expose-headers": "etag, x-request-id, retry-after, www-authenticate",
    }


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("GET", ME, [TOKEN, (b"if-none-match", b'"v1"')], 304, id="unchanged"),
        pytest.param("GET", ME, [TOKEN, TOKEN], 401, id="refused"),
        pytest.param("GET", "/nowhere", [], 404, id="no route"),
        pytest.param("PATCH", ME, [], 405, id="wrong method"),
        pytest.param("GET", f"/{'x' * 9_000}", [], 414, id="too long"),
        pytest.param("HEAD", ME, [TOKEN], 200, id="HEAD"),
    ],
)
def test_a_listed_page_may_read_whatever_is_answered(
    open_gateway: Gateway, method: str, path: str, headers: list[Header], status: int
) -> None:
    answer = open_gateway.ask(method, path, headers=[*headers, origin(LISTED)])
    assert answer.status == status
    assert told(answer)["allow-origin"] == LISTED
    assert "origin" in varies(answer)


def test_a_preflight_learns_the_methods_of_its_path_and_is_kept(open_gateway: Gateway) -> None:
    answer = preflight(open_gateway, LISTED)
    assert (answer.status, answer.body) == (204, b"")
    assert told(answer) == {
        "allow-origin": LISTED,
        "allow-credentials": "true",
        "allow-methods": "DELETE, GET, HEAD, OPTIONS, PUT",
        "allow-headers": "authorization, content-type, if-match, if-none-match, x-request-id, "
        "traceparent, tracestate",
        "max-age": "7200",
    }
    assert told(preflight(open_gateway, LISTED, path="/healthz"))["allow-methods"] == (
        "GET, HEAD, OPTIONS"
    )
    assert open_gateway.server.names == []  # what is asked about is not done


@pytest.mark.parametrize("page", UNLISTED)
def test_any_other_page_is_told_nothing(open_gateway: Gateway, page: str) -> None:
    for answer in (
        open_gateway.ask("GET", ME, headers=[TOKEN, origin(page)]),
        open_gateway.ask("GET", ME, headers=[TOKEN, origin(LISTED), origin(page)]),
        preflight(open_gateway, page),
    ):
        assert answer.status in {200, 204}
        assert told(answer) == {}
        assert "origin" in varies(answer)


@pytest.mark.parametrize("page", [LISTED, "null", "https://getme.test"])
def test_without_a_list_no_page_is_told_anything(gateway: Gateway, page: str) -> None:
    for answer in (
        gateway.ask("GET", "/healthz", headers=[origin(page)]),
        preflight(gateway, page),
    ):
        assert told(answer) == {}
        assert "origin" not in varies(answer)


def test_with_a_list_answers_vary_by_origin_even_where_none_is_named(
    open_gateway: Gateway,
) -> None:
    assert "origin" in varies(open_gateway.ask("GET", "/healthz"))
    assert varies(open_gateway.ask("GET", ME, headers=[TOKEN])) == {
        "authorization",
        "cookie",
        "origin",
    }


def test_a_listed_page_may_change_by_cookie_and_sign_in(open_gateway: Gateway) -> None:
    page = [origin(LISTED), (b"sec-fetch-site", b"same-site")]
    changed = open_gateway.ask("PUT", ME, {"firstname": "A"}, headers=[ACCESS, *page])
    assert changed.status == 200
    login = open_gateway.ask("POST", "/api/v1/users/login?cookie=true", {}, headers=page)
    assert login.status == 200
    assert open_gateway.server.names == ["UpdateMe", "Login"]


@pytest.mark.parametrize("page", UNLISTED)
def test_no_other_page_may_change_by_cookie(open_gateway: Gateway, page: str) -> None:
    for pages in ([origin(page)], [origin(LISTED), origin(page)]):
        answer = open_gateway.ask(
            "PUT",
            ME,
            {"firstname": "A"},
            headers=[ACCESS, (b"sec-fetch-site", b"same-site"), *pages],
        )
        assert (answer.status, answer.reason) == (403, "ORIGIN_REFUSED")
    assert open_gateway.server.names == []
