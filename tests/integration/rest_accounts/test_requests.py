"""What requests of accounts must look like: their bodies, media types, methods and tokens."""

import pytest

from tests.accounts import PASSWORD
from tests.integration.rest_accounts.rest_people import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    ME,
    REFRESH,
    REGISTER,
    SESSIONS,
    Refusal,
    RestSystem,
    SignedIn,
    refusal,
)

READING_BODIES = [
    ("POST", REGISTER),
    ("POST", LOGIN),
    ("POST", REFRESH),
    ("POST", LOGOUT),
    ("PUT", ME),
    ("DELETE", ME),
    ("POST", CHANGE_PASSWORD),
]
NEEDING_TOKENS = [
    ("GET", ME),
    ("PUT", ME),
    ("DELETE", ME),
    ("POST", CHANGE_PASSWORD),
    ("GET", SESSIONS),
    ("DELETE", SESSIONS),
    ("DELETE", f"{SESSIONS}/00000000-0000-4000-8000-000000000001"),
]
JSON = {"content-type": "application/json"}
UNREADABLE = Refusal(400, "INVALID_FIELD", frozenset({"body"}))

every_route = pytest.mark.parametrize(
    ("method", "path"), READING_BODIES, ids=lambda value: value.removeprefix("/api/v1/users")
)


@every_route
def test_a_body_must_be_json(rest: RestSystem, ada: SignedIn, method: str, path: str) -> None:
    kinds = [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonp",
    ]
    for kind in kinds:
        headers = ada.headers | ({"content-type": kind} if kind else {})
        answer = rest.http.request(method, path, content=b"{}", headers=headers)
        assert refusal(answer) == Refusal(415, "UNSUPPORTED_MEDIA_TYPE"), kind
    packed = ada.headers | JSON | {"content-encoding": "gzip"}
    answer = rest.http.request(method, path, content=b"\x1f\x8b", headers=packed)
    assert refusal(answer) == Refusal(415, "UNSUPPORTED_MEDIA_TYPE")


@every_route
def test_a_body_must_be_one_plain_object(
    rest: RestSystem, ada: SignedIn, method: str, path: str
) -> None:
    bodies = [
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"{} {}",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'{"a": "\xff"}',
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    ]
    for body in bodies:
        answer = rest.http.request(method, path, content=body, headers=ada.headers | JSON)
        assert refusal(answer) == UNREADABLE, body[:40]
    assert rest.me(ada).status_code == 200


@every_route
def test_a_body_has_a_greatest_size(
    rest: RestSystem, ada: SignedIn, method: str, path: str
) -> None:
    body = b'{"x": "' + b"x" * 70_000 + b'"}'
    # The rest of a body that is refused is not read: the connection is of no more use.
    headers = ada.headers | JSON
    answer = rest.http.request(method, path, content=body, headers=headers)
    assert refusal(answer) == Refusal(413, "TOO_LARGE")


@pytest.mark.parametrize(
    ("method", "path"), NEEDING_TOKENS, ids=lambda value: value.removeprefix("/api/v1/users")
)
def test_who_does_not_say_who_is_calling_changes_and_sees_nothing(
    rest: RestSystem, ada: SignedIn, method: str, path: str
) -> None:
    whole = {"old_password": PASSWORD, "new_password": PASSWORD, "password": PASSWORD}
    for headers, reason in (
        ({}, "TOKEN_MISSING"),
        ({"authorization": f"Bearer {ada.token}x"}, "TOKEN_INVALID"),
        ({"authorization": f"Bearer {ada.refresh_token}"}, "TOKEN_INVALID"),
        ({"authorization": f"Basic {ada.token}"}, "TOKEN_INVALID"),
    ):
        answer = rest.http.request(method, path, json=whole, headers=headers)
        assert refusal(answer) == Refusal(401, reason)
        told = 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert told == (reason == "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (LOGIN, {"POST"}),
        (REGISTER, {"POST"}),
        (REFRESH, {"POST"}),
        (LOGOUT, {"POST"}),
        (CHANGE_PASSWORD, {"POST"}),
        (ME, {"GET", "HEAD", "PUT", "DELETE"}),
        (SESSIONS, {"GET", "HEAD", "DELETE"}),
        (f"{SESSIONS}/x", {"DELETE"}),
    ],
    ids=lambda value: value.removeprefix("/api/v1/users") if isinstance(value, str) else "",
)
def test_each_route_names_its_methods(rest: RestSystem, path: str, allowed: set[str]) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        answer = rest.http.request(method, path)
        # GET and POST of such a path may mean a user of that name, which is none.
        assert answer.status_code in {405, 400}, (method, path)
        if answer.status_code == 405:
            assert refusal(answer) == Refusal(405, "METHOD_NOT_ALLOWED")
            assert set(answer.headers["allow"].split(", ")) >= allowed
    overridden = {"x-http-method-override": "DELETE", "x-http-method": "DELETE"}
    assert rest.http.patch(f"{path}?_method=DELETE", headers=overridden).status_code == 405
