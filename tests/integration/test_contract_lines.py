"""docs/contract.md: every line does what the page says, when all are pasted in their order."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from getme_gateway.transcoding.annotations import RpcRoute, rpc_routes
from getme_gateway.wiring import CONTRACT
from tests.conftest import NewStore
from tests.integration.conftest import System, run_system
from tests.integration.documented_lines import Line, Outcome, lines_of, run_lines
from tests.servers.programs import BIN, SECRET, environment

ROOT = Path(__file__).resolve().parents[2]
LINES = lines_of((ROOT / "docs" / "contract.md").read_text(encoding="utf-8"))
RPCS = [
    f"{service.full_name}/{rpc.name}"
    for file in (user_service_pb2, auth_service_pb2, admin_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for rpc in service.methods
]
ROUTES = rpc_routes(CONTRACT)
MODERATOR = "mona@example.org"
PASSWORD = "a quiet place in the hills"
COMMAND_SECONDS = 60


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def store(request: pytest.FixtureRequest, new_store: NewStore) -> str:
    """URL of a store of either kind with nobody in it."""
    return new_store(request.param)


@pytest.fixture(scope="module")
def system(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system over that store."""
    yield from run_system(tmp_path_factory, {"GETME_STORE": store})


@pytest.fixture(scope="module")
def moderator_token(system: System, store: str) -> str:
    """A token of the first moderator, who was made as operations.md says."""
    user = ("--email", MODERATOR, "--firstname", "Mona", "--lastname", "Example")
    subprocess.run(
        [BIN / "getme-server", "user", "create", *user, "--status=moderator", "--password-stdin"],
        env=environment({"GETME_STORE": store, "GETME_SECRET_KEY": SECRET}),
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=COMMAND_SECONDS,
    )
    body = {"email": MODERATOR, "password": PASSWORD}
    answer = system.http.post("/api/v1/users/login", json=body).raise_for_status()
    return str(answer.json()["token"])


@pytest.fixture(scope="module")
def outcomes(
    system: System, moderator_token: str, tmp_path_factory: pytest.TempPathFactory
) -> list[Outcome]:
    """What came of all lines, run from top to bottom."""
    if shutil.which("curl") is None and os.environ.get("GETME_TEST_REQUIRE") != "all":
        pytest.skip("there is no curl")
    programs = tmp_path_factory.mktemp("programs")
    if shutil.which("grpcurl") is None:
        _write_grpcurl(programs / "grpcurl")
    return run_lines(
        LINES,
        instead={
            "127.0.0.1:50051": system.server.address,
            "127.0.0.1:8080": system.gateway.address,
        },
        names={"MODERATOR_TOKEN": moderator_token},
        folder=tmp_path_factory.mktemp("pasted"),
        programs=str(programs),
    )


@pytest.mark.parametrize(
    "number", range(len(LINES)), ids=[line.command.split("\n")[0][:90] for line in LINES]
)
def test_line_prints_what_the_page_says(outcomes: list[Outcome], number: int) -> None:
    line, outcome = LINES[number], outcomes[number]
    assert outcome.is_told_by(line), f"{line.command}\n{outcome}"


@pytest.mark.parametrize("rpc", RPCS)
def test_every_call_has_a_line_for_grpcurl(rpc: str) -> None:
    assert any(
        line.command.startswith("grpcurl") and line.command.endswith(f" {rpc}") for line in LINES
    )


@pytest.mark.parametrize(
    "route", ROUTES, ids=[f"{route.http_method} {route.template.text}" for route in ROUTES]
)
def test_every_route_has_a_line_for_curl_that_succeeds(route: RpcRoute) -> None:
    assert any(_asks(line, route) and "HTTP/1.1 2" in line.printed for line in LINES)


def _asks(line: Line, route: RpcRoute) -> bool:
    """Whether a line is a request of that route."""
    words = shlex.split(line.command)
    if words[0] != "curl":
        return False
    method = words[words.index("-X") + 1] if "-X" in words else None
    if (method or ("POST" if "--json" in words else "GET")) != route.http_method:
        return False
    path = re.sub(r"\{\w+\}", r"[$][A-Z_]+", re.escape(route.template.text).replace("\\", ""))
    return any(re.fullmatch(rf"http://[^/]+{path}([?].*)?", word) for word in words)


def _write_grpcurl(program: Path) -> None:
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)}"
        ' -m tests.servers.grpcurl "$@"\n'
    )
    program.chmod(0o755)
