"""current_user as a dependency of a FastAPI application."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, FastAPI, WebSocket
from fastapi.security import HTTPBearer

import getme
from getme.asgi import current_user
from tests.unit.dropins.applications import ask, bearer
from tests.unit.dropins.scripted_clients import ScriptedAsyncClient


def application(client: Any) -> FastAPI:
    """Answers the caller; /open answers anybody."""
    app = FastAPI()
    creator = current_user(client, roles={"creator"})

    @app.get("/me")
    async def me(user: Annotated[getme.User, Depends(creator)]) -> dict[str, str]:
        return {"name": user.firstname}

    @app.get("/thread")
    def in_a_thread(user: Annotated[getme.User, Depends(creator)]) -> dict[str, str]:
        return {"name": user.firstname}

    @app.get("/twice", dependencies=[Depends(creator)])
    async def twice(user: Annotated[getme.User, Depends(creator)]) -> getme.User:
        return user

    @app.websocket("/socket")
    async def socket(socket: WebSocket, user: Annotated[getme.User, Depends(creator)]) -> None:
        await socket.accept(headers=[(b"x-name", user.firstname.encode())])

    @app.get("/open")
    async def anybody() -> dict[str, str]:
        return {"name": "anybody"}

    return app


def test_a_good_token_gets_in() -> None:
    app = application(ScriptedAsyncClient())
    assert ask(app, "/me", bearer("carla")).json() == {"name": "Carla"}
    assert ask(app, "/thread", bearer("carla")).json() == {"name": "Carla"}
    assert ask(app, "/open").json() == {"name": "anybody"}


def test_getme_is_asked_once_for_a_request() -> None:
    client = ScriptedAsyncClient()
    answer = ask(application(client), "/twice", bearer("carla"))
    assert answer.json()["firstname"] == "Carla"
    assert client.asked == ["carla"]


def test_a_refusal_is_a_problem() -> None:
    app = application(ScriptedAsyncClient())
    missing = ask(app, "/me")
    assert (missing.status_code, missing.json()["reason"]) == (401, "TOKEN_MISSING")
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.headers["www-authenticate"] == 'Bearer realm="getme"'
    viewer = ask(app, "/thread", bearer("ada"))
    assert (viewer.status_code, viewer.json()["reason"]) == (403, "ROLE_REQUIRED")


def test_it_is_no_parameter_of_the_api() -> None:
    paths = application(ScriptedAsyncClient()).openapi()["paths"]
    assert "parameters" not in paths["/me"]["get"]
    assert "requestBody" not in paths["/me"]["get"]


def test_the_bearer_scheme_can_be_shown_in_the_documentation() -> None:
    shown = Depends(HTTPBearer(auto_error=False))
    app = FastAPI(dependencies=[shown])
    caller = current_user(ScriptedAsyncClient())

    @app.get("/me")
    async def me(user: Annotated[getme.User, Depends(caller)]) -> str:
        return user.firstname

    assert app.openapi()["paths"]["/me"]["get"]["security"] == [{"HTTPBearer": []}]
    assert ask(app, "/me").json()["reason"] == "TOKEN_MISSING"
    assert ask(app, "/me", bearer("ada")).json() == "Ada"


def test_a_websocket_is_refused_before_it_opens() -> None:
    app = application(ScriptedAsyncClient())
    assert socket_messages(app, "ada")[0] == "websocket.http.response.start"
    assert socket_messages(app, "carla")[0] == "websocket.accept"


def socket_messages(app: FastAPI, token: str) -> list[str]:
    """The types of what is sent to a web socket that knocks with that token."""
    sent: list[str] = []
    scope = {
        "type": "websocket",
        "path": "/socket",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "query_string": b"",
        "extensions": {"websocket.http.response": {}},
    }

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app(scope, receive, send))
    return sent
