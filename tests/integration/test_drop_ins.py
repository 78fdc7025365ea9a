"""The examples of docs/drop-ins.md as processes of their own, in front of a real server."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import httpx
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.wrappers_pb2 import StringValue

from getme.errors import error_of_call
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.conftest import NO_LOGIN, NewStore
from tests.people import ADA, BANNED, CREDENTIALS, MODERATOR, NOBODY, PEOPLE, STRANGE, SUSPENDED
from tests.servers.cassandra import dies_with_us
from tests.servers.programs import start_server
from tests.tokens import token_for
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 15.0
NO_TOKEN = None


class Answer(NamedTuple):
    """What a caller is told. greeting: empty where it is refused, and reason else."""

    status: str
    greeting: str
    reason: str
    comes_back: bool


Ask = Callable[[str | None], Answer]


@contextmanager
def running(command: list[str], getme_address: str, listen: str) -> Iterator[None]:
    """An example as a process that listens on a socket of the file system."""
    process = subprocess.Popen(
        [*dies_with_us("TERM"), sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"GETME": getme_address, "LISTEN": listen, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


@contextmanager
def grpc_example(name: str, getme_address: str, folder: Path) -> Iterator[Ask]:
    """Calls `Greet` of an example."""
    address = f"unix:{folder / 'example.sock'}"
    with (
        running([f"examples/{name}.py"], getme_address, address),
        grpc.insecure_channel(address) as channel,
    ):
        grpc.channel_ready_future(channel).result(SECONDS)
        greet = channel.unary_unary(
            "/example.Greeter/Greet", Empty.SerializeToString, StringValue.FromString
        )

        def ask(token: str | None) -> Answer:
            metadata = () if token is None else (("authorization", f"Bearer {token}"),)
            try:
                answer = greet(Empty(), metadata=metadata, timeout=SECONDS)
            except grpc.RpcError as refused:
                error = error_of_call(refused)
                code = refused.code().name
                return Answer(code, "", error.reason, error.retry_after_seconds is not None)
            return Answer("OK", answer.value, "", comes_back=False)

        yield ask


@contextmanager
def asgi_example(name: str, getme_address: str, folder: Path) -> Iterator[Ask]:
    """Asks an example for `/greeting`."""
    path = str(folder / "example.sock")
    command = ["-m", "uvicorn", f"examples.{name}:app", "--uds", path, "--log-level", "warning"]
    transport = httpx.HTTPTransport(uds=path)
    with (
        running(command, getme_address, ""),
        httpx.Client(transport=transport, base_url="http://example", timeout=SECONDS) as client,
    ):
        assert until(lambda: listens(path)), "the example does not start"
        assert client.get("/healthz").json() == {"status": "ok"}  # needs no token

        def ask(token: str | None) -> Answer:
            headers = {} if token is None else {"authorization": f"Bearer {token}"}
            answer = client.get("/greeting", headers=headers)
            body = answer.json()
            if answer.is_success:
                return Answer("OK", body["greeting"], "", comes_back=False)
            assert answer.headers["content-type"] == "application/problem+json"
            challenged = "www-authenticate" in answer.headers
            assert challenged == (answer.status_code == 401)
            again = "retry-after" in answer.headers
            return Answer(STATUSES[answer.status_code], "", body["reason"], again)

        yield ask


def listens(path: str) -> bool:
    """Whether a program accepts connections there yet."""
    with socket.socket(socket.AF_UNIX) as knocking:
        return knocking.connect_ex(path) == 0


STATUSES = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 503: "UNAVAILABLE"}
EXAMPLES: dict[str, Any] = {
    "grpc_service": grpc_example,
    "grpc_service_async": grpc_example,
    "fastapi_service": asgi_example,
    "starlette_service": asgi_example,
}


@pytest.fixture(scope="module")
def getme_address(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the people of `tests.people`."""
    url = new_store("sqlite")
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_credentials(CREDENTIALS)
    with start_server(tmp_path_factory.mktemp("server"), {"GETME_STORE": url}) as server:
        yield server.address


@pytest.fixture(scope="module", params=EXAMPLES)
def ask(
    request: pytest.FixtureRequest, getme_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ask]:
    """Calls each example in turn."""
    folder = tmp_path_factory.mktemp("example")
    with EXAMPLES[request.param](request.param, getme_address, folder) as asking:
        yield asking


@pytest.mark.parametrize("person", [ADA, MODERATOR], ids=lambda person: person.firstname)
def test_a_good_token_gets_in(ask: Ask, person: Any) -> None:
    answer = ask(token_for(person.user_id))
    assert answer == Answer("OK", f"Hello, {person.firstname}", "", comes_back=False)


@pytest.mark.parametrize(
    ("token", "status", "reason"),
    [
        (NO_TOKEN, "UNAUTHENTICATED", "TOKEN_MISSING"),
        ("not.a.token", "UNAUTHENTICATED", "TOKEN_INVALID"),
        (token_for(ADA.user_id)[:-4] + "AAAA", "UNAUTHENTICATED", "TOKEN_INVALID"),
        (token_for(ADA.user_id, exp=1), "UNAUTHENTICATED", "TOKEN_EXPIRED"),
        (token_for(NOBODY), "UNAUTHENTICATED", "TOKEN_INVALID"),
        (token_for(SUSPENDED.user_id, "viewer"), "PERMISSION_DENIED", "ACCOUNT_SUSPENDED"),
        (token_for(BANNED.user_id, "moderator"), "PERMISSION_DENIED", "ACCOUNT_BANNED"),
        (token_for(STRANGE.user_id), "PERMISSION_DENIED", "ROLE_REQUIRED"),
    ],
    ids=[
        "no token",
        "no JWT",
        "bad signature",
        "expired",
        "of nobody",
        "of a suspended user",
        "of a banned user",
        "of a user without a role",
    ],
)
def test_others_are_refused_as_getme_refuses(
    ask: Ask, token: str | None, status: str, reason: str
) -> None:
    assert ask(token) == Answer(status, "", reason, comes_back=False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_callers_shall_come_back_while_getme_is_away_and_find_it_again(
    name: str, new_store: NewStore, tmp_path: Path
) -> None:
    token = token_for(ADA.user_id)
    settings = {"GETME_STORE": new_store("sqlite")}
    with start_server(tmp_path, settings) as server:
        address = server.address
        with EXAMPLES[name](name, address, tmp_path) as ask:
            assert ask(token).reason == "TOKEN_INVALID"  # it is there, and has no such user
            server.stop()
            assert until(lambda: ask(token).status == "UNAVAILABLE")
            assert ask(token) == Answer("UNAVAILABLE", "", "STORE_UNAVAILABLE", comes_back=True)
            assert ask(NO_TOKEN).reason == "TOKEN_MISSING"
            with start_server(tmp_path, settings | {"GETME_LISTEN": address}):
                assert until(lambda: ask(token).reason == "TOKEN_INVALID")
