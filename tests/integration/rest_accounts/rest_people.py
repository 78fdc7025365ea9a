"""People who use accounts over REST: as programs do, and as browsers do, with cookies."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.accounts import CHEAP_ACCOUNTS, PASSWORD
from tests.servers.programs import Program, start_gateway, start_server

USERS = "/api/v1/users"
ME = f"{USERS}/me"
SESSIONS = f"{ME}/sessions"
CHANGE_PASSWORD = f"{ME}/password"
REGISTER = f"{USERS}/register"
LOGIN = f"{USERS}/login"
REFRESH = f"{USERS}/refresh"
LOGOUT = f"{USERS}/logout"

NAMES = {"firstname": "Ada", "lastname": "Example"}
TIMEOUT_SECONDS = 30

_numbers = itertools.count()


class SignedIn(NamedTuple):
    """A user and one session. headers: prove who is calling."""

    user_id: str
    email: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


class Refusal(NamedTuple):
    """A problem document: its status, its reason, and the fields that it names."""

    status: int
    reason: str
    fields: frozenset[str] = frozenset()


class RestSystem(NamedTuple):
    """A server with accounts behind a gateway."""

    server: Program
    gateway: Program
    http: httpx.Client

    def register(self, email: str = "", **more: Any) -> httpx.Response:
        given = NAMES | {"email": email or fresh_email(), "password": PASSWORD} | more
        return self.http.post(REGISTER, json=given)

    def login(self, email: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
        return self.http.post(LOGIN, json={"email": email, "password": password}, **more)

    def sign_in(self, email: str, password: str = PASSWORD) -> SignedIn:
        answer = self.login(email, password)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return SignedIn(body["user"]["userId"], email, body["token"], body["refresh_token"])

    def new_user(self) -> SignedIn:
        email = fresh_email()
        assert self.register(email).status_code == 201
        return self.sign_in(email)

    def refresh(self, refresh_token: str) -> httpx.Response:
        return self.http.post(REFRESH, json={"refresh_token": refresh_token})

    def me(self, user: SignedIn) -> httpx.Response:
        return self.http.get(ME, headers=user.headers)

    def update(self, user: SignedIn, changes: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.put(ME, json=changes, headers=user.headers | named)

    def change_password(self, user: SignedIn, old: str, new: str) -> httpx.Response:
        passwords = {"old_password": old, "new_password": new}
        return self.http.post(CHANGE_PASSWORD, json=passwords, headers=user.headers)

    def delete_me(self, user: SignedIn, password: str = PASSWORD) -> httpx.Response:
        return self.http.request("DELETE", ME, json={"password": password}, headers=user.headers)

    def browser(self) -> "Browser":
        return Browser(self.http)


class Browser:
    """Keeps cookies as browsers do, and says which page its requests come from."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.origin = str(http.base_url).rstrip("/")
        self.cookies: dict[tuple[str, str], str] = {}  # (name, path) -> value

    def login(self, email: str, password: str = PASSWORD) -> httpx.Response:
        given = {"email": email, "password": password}
        return self.ask("POST", f"{LOGIN}?cookie=true", json=given)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """An answer, whose cookies are kept. more: as of httpx; headers win over the browser's."""
        headers = {"origin": self.origin} if method != "GET" else {}
        if sent := "; ".join(self._sent_to(path.partition("?")[0])):
            headers["cookie"] = sent
        headers |= more.pop("headers", {})
        answer = self._http.request(method, path, headers=headers, **more)
        self._keep(answer)
        return answer

    def token(self) -> str:
        """What no script of a page could read."""
        return self.cookies["__Host-getme_access", "/"]

    def _sent_to(self, path: str) -> Iterator[str]:
        for (name, under), value in self.cookies.items():
            if under in {"/", path} or path.startswith(f"{under}/"):
                yield f"{name}={value}"

    def _keep(self, answer: httpx.Response) -> None:
        for header in answer.headers.get_list("set-cookie"):
            for name, cookie in SimpleCookie(header).items():
                key = name, cookie["path"]
                if cookie["max-age"] == "0":
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = cookie.value


@contextmanager
def run_rest(
    directory: Path, settings: Mapping[str, str], gateway_settings: Mapping[str, str] = {}
) -> Iterator[RestSystem]:  # never changed
    """A server with cheap passwords and a gateway in front of it."""
    with (
        start_server(directory, CHEAP_ACCOUNTS | dict(settings)) as server,
        start_gateway(directory, server.address, gateway_settings) as gateway,
        httpx.Client(
            base_url=f"http://{gateway.address}", trust_env=False, timeout=TIMEOUT_SECONDS
        ) as http,
    ):
        yield RestSystem(server, gateway, http)


def fresh_email() -> str:
    """An address that nobody has yet."""
    return f"rest{next(_numbers)}@example.org"


def refusal(answer: httpx.Response) -> Refusal:
    """What a refused request is told, which must be a problem document (RFC 9457)."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "detail"} <= set(problem)
    fields = frozenset(problem.get("errors", ()))
    return Refusal(answer.status_code, problem["reason"], fields)
