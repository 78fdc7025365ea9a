"""What schemathesis loads: the values in the document's examples live, and answers are noted.

Where a request has an example that only a running system can give (a user, a session, a refresh
token), one that is good now takes its place: what is made of examples does what it says, so that
good answers are checked too. What ends the caller's session or account, or changes the password, is
done by somebody new each time: the caller of all the rest is needed until the end.
"""

import itertools
import os
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jwt
import schemathesis
from schemathesis import AuthContext, Case, HookContext, Response

from scripts.openapi.sample_values import SAMPLES

# Set by the test. The caller may be nobody: then the token is empty.
GATEWAY, TOKEN = os.environ["LIVE_GATEWAY"], os.environ["LIVE_TOKEN"]
CALLER_ID, EXAMPLE_ID = os.environ["LIVE_CALLER_ID"], os.environ["LIVE_EXAMPLE_ID"]
ANSWERS = Path(os.environ["LIVE_ANSWERS"])  # a line each: method, path, status
USERS = "/api/v1/users"
ENDING = {"changePassword", "deleteMe", "logout", "logoutEverywhere", "revokeSession"}
_http = httpx.Client(base_url=GATEWAY, trust_env=False)
_numbers = itertools.count()
_answers = ANSWERS.open("a", encoding="utf-8")


class Somebody(NamedTuple):
    """Who has just signed in, with the password of the examples."""

    token: str
    refresh_token: str
    session_id: str


def fresh_email() -> str:
    """An address that nobody has yet."""
    return f"somebody.{os.getpid()}.{next(_numbers)}@example.org"


def somebody() -> Somebody:
    """Somebody new."""
    names = {name: SAMPLES[name] for name in ("firstname", "lastname", "password")}
    given = names | {"email": fresh_email(), "sign_in": True}
    answer = _http.post(f"{USERS}/register", json=given).raise_for_status().json()
    claims = jwt.decode(answer["token"], options={"verify_signature": False})
    refresh_token = answer.get("refresh_token") or answer["refreshToken"]
    return Somebody(answer["token"], refresh_token, claims["sid"])


def live(operation_id: str) -> dict[str, str]:
    """What takes the place of what, in a request of this operation."""
    # Nobody shall bar the caller.
    values = {SAMPLES["user_id"]: EXAMPLE_ID, CALLER_ID: EXAMPLE_ID}
    if operation_id == "register":
        values[SAMPLES["email"]] = fresh_email()
    if operation_id in {*ENDING, "refresh"}:
        new = somebody()
        if TOKEN:
            values[bearer(TOKEN)] = bearer(new.token)
        values[SAMPLES["refresh_token"]] = new.refresh_token
        values[SAMPLES["session_id"]] = new.session_id
    return values


def bearer(token: str) -> str:
    """The value of a header."""
    return f"Bearer {token}"


def replaced(value: Any, values: dict[str, str]) -> Any:
    """The value with some texts in it replaced, however deep."""
    if isinstance(value, dict):
        return {key: replaced(inner, values) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, values) for inner in value]
    return values.get(value, value) if isinstance(value, str) else value


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Called by schemathesis with each request."""
    del context, kwargs
    values = live(case.operation.definition.raw["operationId"])
    for part in (case.path_parameters, case.query, case.headers):
        for key, value in part.items():
            if (new := replaced(value, values)) != value:
                part[key] = new
    if (body := replaced(case.body, values)) != case.body:
        case.body = body


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    """Called by schemathesis with each answer."""
    del context
    _answers.write(f"{case.method} {case.operation.path} {response.status_code}\n")


class Caller:
    """Says who is calling."""

    def get(self, _case: Case[Any], _context: AuthContext) -> str:
        """The token of all requests."""
        return TOKEN

    def set(self, case: Case[Any], token: str, _context: AuthContext) -> None:
        """Gives it to one."""
        case.headers["Authorization"] = bearer(token)


if TOKEN:
    schemathesis.auth()(Caller)
