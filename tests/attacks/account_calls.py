"""Every call of accounts, over REST and gRPC, rightly and wrongly made, all with canaries in it."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import grpc
import httpx

from getme.v1.auth_service_pb2 import LoginRequest
from tests.accounts import People, Refused
from tests.attacks.canaries import Canaries
from tests.integration.rest_accounts.rest_people import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    ME,
    REFRESH,
    REGISTER,
    SESSIONS,
    USERS,
    RestSystem,
    SignedIn,
)

NOBODY = "00000000-0000-4000-8000-999999999999"
LIMIT = 20
TIMEOUT_SECONDS = 10
JSON = {"content-type": "application/json"}
FIELDS = ("email", "password", "old_password", "new_password", "refresh_token", "firstname")
WRITES = [
    ("POST", REGISTER),
    ("POST", LOGIN),
    ("POST", REFRESH),
    ("POST", LOGOUT),
    ("PUT", ME),
    ("DELETE", ME),
    ("POST", CHANGE_PASSWORD),
]
# As bytes, for no client sends them: what ends a header line, or moves a terminal's cursor.
WILD = (b"\x1b[31m%s\x1b[0m", b"%s\r\nset-cookie: a=b", b"%s\n", b"\x00%s", b"\xff%s", b'"%s\\')


def sign_in(rest: RestSystem, canaries: Canaries, email: str, password: str) -> SignedIn:
    """A session whose tokens are canaries from now on."""
    user = rest.sign_in(email, password)
    canaries.token(user.token)
    canaries.token(user.refresh_token)
    return user


def live_over_rest(rest: RestSystem, canaries: Canaries) -> None:
    """A user's life, with each step taken wrongly first."""
    email, password, new = canaries.email(), canaries.password(), canaries.password()
    wrong = canaries.password()
    rest.register(email, password=email)
    assert rest.register(email, password=password).status_code == 201
    rest.register(email, password=password)
    rest.login(email, wrong)
    rest.login(canaries.email(), password)
    user = sign_in(rest, canaries, email, password)
    rest.update(user, {"firstname": canaries.word() * 4, "email": canaries.email()})
    rest.update(user, {"firstname": "Eve"}, if_match=f'"{canaries.word()}"')
    rest.change_password(user, wrong, new)
    rest.change_password(user, password, "short")
    assert rest.change_password(user, password, new).status_code == 204
    again = rest.refresh(user.refresh_token).json()
    canaries.token(again["token"])
    third = rest.refresh(canaries.token(again["refresh_token"])).json()
    canaries.token(third["token"])
    canaries.token(third["refresh_token"])
    assert rest.refresh(user.refresh_token).status_code == 401  # reuse, which is recorded
    user = sign_in(rest, canaries, email, new)
    other = sign_in(rest, canaries, email, new)
    listed = rest.http.get(SESSIONS, headers=user.headers).json()["sessions"]
    rest.http.delete(f"{SESSIONS}/{listed[0]['session_id']}", headers=user.headers)
    rest.http.delete(f"{SESSIONS}/{canaries.word()}", headers=user.headers)
    rest.me(other)
    rest.http.post(LOGOUT, headers=user.headers, json={"refresh_token": user.refresh_token})
    rest.http.post(LOGOUT, headers=user.headers)
    last = sign_in(rest, canaries, email, new)
    rest.delete_me(last, wrong)
    assert rest.delete_me(last, new).status_code == 204


def live_in_a_browser(rest: RestSystem, canaries: Canaries) -> None:
    """A session in cookies, and cookies that are none."""
    email, password = canaries.email(), canaries.password()
    rest.register(email, password=password)
    browser = rest.browser()
    browser.login(email, password)
    for value in browser.cookies.values():
        canaries.token(value)
    browser.ask("GET", ME)
    browser.ask("PUT", ME, json={"firstname": "Eve"}, headers={"origin": "https://evil.example"})
    browser.ask("GET", ME, headers={"authorization": f"Bearer {canaries.word()}"})
    browser.ask("POST", REFRESH, json={"refresh_token": canaries.word()})
    browser.ask("POST", REFRESH)
    for value in browser.cookies.values():
        canaries.token(value)
    browser.ask("POST", LOGOUT)
    for name in ("__Host-getme_access", "__Secure-getme_refresh", "other"):
        for path in (REFRESH, LOGOUT):
            cookie = {"cookie": f"{name}={canaries.word()}"}
            rest.http.post(path, headers=cookie | {"sec-fetch-site": "same-origin"})


def send_nonsense(rest: RestSystem, canaries: Canaries) -> None:
    """What no client means: bodies, paths, queries and headers that cannot be read."""
    user = sign_in(rest, canaries, *_registered(rest, canaries))
    for method, path in WRITES:
        for body in _bodies(canaries):
            rest.http.request(method, path, content=body, headers=JSON | user.headers)
    word = canaries.word()
    rest.http.post(LOGIN, content=f"password={word}")
    for path in (f"/{word}", f"{USERS}/{word}", f"{USERS}?ids={word}", f"{LOGIN}?cookie={word}"):
        rest.http.get(path)
        rest.http.post(path, json={})
    for name in ("authorization", "cookie", "if-match", "origin", "content-type", "accept"):
        rest.http.put(ME, content=b"{}", headers=user.headers | {name: canaries.word()})
    for template in WILD:
        for header in (b"User-Agent", b"X-Forwarded-For", b"Authorization", b"Cookie"):
            _try_to_sign_in(rest, canaries, header, template % canaries.word().encode())


def live_over_grpc(people: People, canaries: Canaries) -> None:
    """A user's life, with each step taken wrongly first."""
    email, password, new = canaries.email(), canaries.password(), canaries.password()
    wrong = canaries.password()
    people.register(canaries.word(), password)
    people.register(email, "short")
    assert not isinstance(people.register(email, password), Refused)
    people.register(email, password)
    people.login(email, wrong)
    people.login(canaries.email(), password)
    people.login(canaries.word() * 100, canaries.word() * 300)
    people.login(f"{email}\r\n\x1b[31m", f"{password}\0")
    user = people.login(email, password)
    assert not isinstance(user, Refused)
    canaries.token(user.token)
    canaries.token(user.refresh_token)
    people.get_me(canaries.word())
    people.refresh(canaries.word())
    people.update_me(user.token, firstname=canaries.word() * 4)
    people.update_me(user.token, firstname="Eve", expected_etag=canaries.word())
    people.change_password(user.token, wrong, new)
    people.change_password(user.token, password, canaries.word() * 20)
    people.change_password(user.token, password, new)
    people.sessions(user.token)
    people.revoke_session(user.token, canaries.word())
    people.revoke_session(user.token, NOBODY)
    people.set_status(user.token, canaries.word(), canaries.word())
    people.delete_me(user.token, wrong)
    people.logout(user.token, canaries.word())
    with suppress(grpc.RpcError):
        request = LoginRequest(email=canaries.email(), password=wrong)
        people.auth.Login(request, metadata=_places(canaries), timeout=TIMEOUT_SECONDS)
    people.logout_everywhere(user.token)
    people.get_me(user.token)


def use_up_all_attempts(rest: RestSystem, canaries: Canaries) -> None:
    """Until the password is not looked at any more."""
    email, _ = _registered(rest, canaries)
    answers = [rest.login(email, canaries.password()).status_code for _ in range(LIMIT + 1)]
    assert answers[-1] == httpx.codes.TOO_MANY_REQUESTS


def _places(canaries: Canaries) -> tuple[tuple[str, str | bytes], ...]:
    """Metadata that says where a call comes from, and lies."""
    keys = ("x-forwarded-for", "x-forwarded-user-agent", "user-agent", "authorization-bin")
    return tuple(
        (key, (text.encode() if key.endswith("-bin") else text))
        for key in keys
        for text in [f'{canaries.word()}", "event": "forged\\n\\u001b[31m']
    )


def _registered(rest: RestSystem, canaries: Canaries) -> tuple[str, str]:
    email, password = canaries.email(), canaries.password()
    assert rest.register(email, password=password).status_code == httpx.codes.CREATED
    return email, password


def _bodies(canaries: Canaries) -> Iterator[bytes]:
    """Bodies in which each field is wrong in the same way."""
    word = canaries.word()
    wrong: list[Any] = [
        [word],
        {word: word},
        word * 300,
        f"{word}\0\r\n\x1b[31m\u202e",
        f"{word}\ud800",
        f"{word}@{word}@example.org",
    ]
    for value in wrong:
        yield json.dumps(dict.fromkeys(FIELDS, value) | {word: word}).encode()
    yield f'{{"password": "{word}'.encode()
    yield f'{{"{word}": 1, "{word}": 2}}'.encode()
    yield f'["{word}"]'.encode()
    yield f'{{"password": "{word}", "email": \xff}}'.encode("latin-1")


def _try_to_sign_in(rest: RestSystem, canaries: Canaries, name: bytes, value: bytes) -> None:
    """A sign-in, which is recorded with the address that it came from, with any header."""
    host, _, port = rest.gateway.address.partition(":")
    body = json.dumps({"email": canaries.email(), "password": canaries.password()}).encode()
    lines = [
        b"POST " + LOGIN.encode() + b" HTTP/1.1",
        b"Host: getme",
        b"Connection: close",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        name + b": " + value,
    ]
    with (
        suppress(ConnectionResetError, BrokenPipeError),  # refused before the end of it
        socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as browser,
    ):
        browser.sendall(b"\r\n".join([*lines, b"", body]))
        while browser.recv(65_536):
            pass
