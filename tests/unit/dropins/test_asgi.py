"""current_user in a Starlette application: who gets in, and what the others are told."""

import subprocess
import sys
from collections.abc import Collection
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import getme
from getme.asgi import current_user
from tests.unit.dropins.applications import Headers, ask, bearer
from tests.unit.dropins.scripted_clients import ScriptedAsyncClient


def application(
    client: Any, roles: Collection[str] = (), cookie: str | None = None, **options: Any
) -> Starlette:
    """Answers the caller's first name."""
    caller = current_user(client, roles=roles, cookie=cookie)

    async def name(request: Request) -> PlainTextResponse:
        return PlainTextResponse((await caller(request)).firstname)

    return Starlette(routes=[Route("/", name)], **options)


def test_a_good_token_gets_in() -> None:
    answer = ask(application(ScriptedAsyncClient(), roles={"viewer"}), "/", bearer("ada"))
    assert (answer.status_code, answer.text) == (200, "Ada")


def test_the_client_may_be_made_later() -> None:
    clients: list[ScriptedAsyncClient] = []
    app = application(lambda: clients[0])
    clients.append(ScriptedAsyncClient())
    assert ask(app, "/", bearer("ada")).text == "Ada"


def test_a_refusal_is_a_problem() -> None:
    answer = ask(application(ScriptedAsyncClient()), "/", bearer("expired"))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "type": "urn:getme:reason:TOKEN_EXPIRED",
        "title": "The token has expired",
        "status": 401,
        "detail": "text of TOKEN_EXPIRED",
        "reason": "TOKEN_EXPIRED",
        "request_id": "r1",
    }


@pytest.mark.parametrize(
    ("token", "status", "reason", "retry_after"),
    [
        ("forged", 401, "TOKEN_INVALID", None),
        ("of-suspended", 403, "ACCOUNT_SUSPENDED", None),
        ("ada", 403, "ROLE_REQUIRED", None),
        ("of-nobody", 404, "USER_NOT_FOUND", None),
        ("huge", 431, "TOO_LARGE", None),
        ("buggy", 500, "INTERNAL", None),
        ("storeless", 503, "STORE_UNAVAILABLE", "3"),
        ("overloaded", 503, "OVERLOADED", "1"),
        ("unreached", 503, "STORE_UNAVAILABLE", "1"),
        ("unanswered", 503, "STORE_UNAVAILABLE", "1"),
        ("broken", 503, "STORE_UNAVAILABLE", "1"),
    ],
)
def test_every_refusal_has_its_status(
    token: str, status: int, reason: str, retry_after: str | None
) -> None:
    answer = ask(application(ScriptedAsyncClient(), roles={"creator"}), "/", bearer(token))
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers.get("retry-after") == retry_after
    assert token not in answer.text.split()


@pytest.mark.parametrize(
    ("headers", "reason", "challenge"),
    [
        ([], "TOKEN_MISSING", 'Bearer realm="getme"'),
        (bearer("forged"), "TOKEN_INVALID", 'Bearer realm="getme", error="invalid_token"'),
        ([*bearer("ada"), *bearer("ada")], "TOKEN_INVALID", None),
        ([("authorization", "Basic YTpi")], "TOKEN_INVALID", None),
        ([("cookie", "token=ada")], "TOKEN_MISSING", 'Bearer realm="getme"'),
    ],
    ids=["none", "forged", "the same twice", "another scheme", "a cookie that nobody named"],
)
def test_a_challenge_says_what_is_missing(
    headers: Headers, reason: str, challenge: str | None
) -> None:
    client = ScriptedAsyncClient()
    answer = ask(application(client), "/", headers)
    assert (answer.status_code, answer.json()["reason"]) == (401, reason)
    expected = challenge or 'Bearer realm="getme", error="invalid_token"'
    assert answer.headers["www-authenticate"] == expected
    assert "ada" not in client.asked


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("cookie", "a=b; token=ada")], 200),
        ([("cookie", "token=ada"), *bearer("ada")], 200),
        (bearer("ada"), 200),
        ([("cookie", "token=carla"), *bearer("ada")], 401),
        ([("cookie", "token=ada; token=ada")], 401),
        ([("cookie", "token=ada"), ("authorization", "Basic YTpi")], 401),
        ([("cookie", "xtoken=ada")], 401),
    ],
    ids=["cookie", "both", "header", "they differ", "two", "another scheme", "another name"],
)
def test_a_cookie_may_bring_the_token_where_it_is_named(headers: Headers, status: int) -> None:
    answer = ask(application(ScriptedAsyncClient(), cookie="token"), "/", headers)
    assert answer.status_code == status, answer.text


def test_an_application_may_answer_refusals_in_its_own_way() -> None:
    async def unauthorized(_request: Request, error: Exception) -> PlainTextResponse:
        assert isinstance(error, HTTPException)
        return PlainTextResponse(f"no: {error.detail}", error.status_code, error.headers)

    app = application(ScriptedAsyncClient(), exception_handlers={401: unauthorized})
    answer = ask(app, "/", bearer("expired"))
    assert (answer.status_code, answer.text) == (401, "no: text of TOKEN_EXPIRED")
    assert "www-authenticate" in answer.headers


def test_a_client_that_would_block_the_loop_is_refused_at_once() -> None:
    with getme.Client("127.0.0.1:1") as client, pytest.raises(TypeError, match=r"aio\.Client"):
        current_user(client)  # type: ignore[arg-type]  # the mistake


def test_a_role_that_nobody_can_have_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="roles is a set of"):
        current_user(ScriptedAsyncClient(), roles={"creater"})


def test_importing_it_imports_no_framework() -> None:
    script = "import sys, getme.asgi; print(*{m.partition('.')[0] for m in sys.modules})"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "getme" in ended.stdout.split()
    assert not {"starlette", "fastapi"} & set(ended.stdout.split())
