"""`deploy/envoy`: each configuration as it stands there, in a real Envoy before real servers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import grpc
import httpx
import pytest

from getme.v1 import user_service_pb2
from tests.accounts import People, Refused
from tests.people import ADA, MODERATOR
from tests.servers.deployed_envoy import deployed_envoy
from tests.servers.front import free_port
from tests.servers.programs import BIN, Program, run_command, start_gateway, start_server
from tests.tokens import bearer, token_for

ROOT = Path(__file__).resolve().parents[2]
CALLS = 40
ME = "/api/v1/users/me"


class Keyed(NamedTuple):
    """A server whose keys are in a file, its gateway, and a good token of its."""

    server: Program
    gateway: Program
    token: str


@pytest.fixture
def server(people_database: str, tmp_path: Path) -> Iterator[Program]:
    with start_server(tmp_path, {"GETME_STORE": people_database}) as running:
        yield running


@pytest.fixture
def keyed(people_database: str, tmp_path: Path) -> Iterator[Keyed]:
    settings = {
        "GETME_STORE": people_database,
        "GETME_KEYS_FILE": str(tmp_path / "keys.json"),
        "GETME_SECRET_KEY": "",
    }
    assert run_command(["getme-server", "keys", "generate"], tmp_path, settings).returncode == 0
    issue = ["getme-server", "token", "issue", "--user", str(ADA.user_id)]
    issued = run_command(issue, tmp_path, settings)
    assert issued.returncode == 0, issued.stderr
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address) as gateway,
    ):
        yield Keyed(server, gateway, issued.stdout.strip())


def calls_begun(server: Program, method: str) -> int:
    """How many calls of a method the server has seen."""
    for line in httpx.get(server.metrics_url, trust_env=False).text.splitlines():
        if line.startswith("grpc_server_started_total") and f'"{method}"' in line:
            return int(float(line.split()[-1]))
    return 0


def test_calls_go_to_the_server_that_can_answer(server: Program, tmp_path: Path) -> None:
    servers = [f"127.0.0.1:{free_port()}", server.address]
    with (
        deployed_envoy("grpc.yaml", tmp_path, {"getme-server": servers}) as address,
        grpc.insecure_channel(address) as channel,
    ):
        people = People(channel)
        answers = [people.get_me(token_for(ADA.user_id)) for _ in range(CALLS)]
        assert {isinstance(answer, Refused) for answer in answers} == {False}
        assert people.get_me("no token at all") == Refused("TOKEN_INVALID")


def test_stream_of_changes_passes(server: Program, tmp_path: Path) -> None:
    with (
        deployed_envoy("grpc.yaml", tmp_path, {"getme-server": [server.address]}) as address,
        grpc.insecure_channel(address) as channel,
    ):
        request = user_service_pb2.WatchInvalidationsRequest()
        stream = People(channel).users.WatchInvalidations(request, timeout=30)
        assert next(stream).log_id
        stream.cancel()


def test_forged_token_never_reaches_the_server(keyed: Keyed, tmp_path: Path) -> None:
    clusters = {"getme-server": [keyed.server.address], "getme-gateway": [keyed.gateway.address]}
    with (
        deployed_envoy("jwt.yaml", tmp_path, clusters) as address,
        grpc.insecure_channel(address) as channel,
    ):
        people = People(channel)
        assert people.get_me(token_for(ADA.user_id)) == Refused("UNAUTHENTICATED")
        request = user_service_pb2.GetMeRequest()
        with pytest.raises(grpc.RpcError):
            people.users.GetMe(request, timeout=30)
        assert calls_begun(keyed.server, "GetMe") == 0

        answer = people.get_me(keyed.token)
        assert not isinstance(answer, Refused)
        assert answer.user.user_id == str(ADA.user_id)

        login = people.login(ADA.email, "a guess")
        assert isinstance(login, Refused)
        assert login.reason == "BAD_CREDENTIALS"
        people.logout(keyed.token)
        assert people.get_me(keyed.token) == Refused("TOKEN_REVOKED")


@pytest.fixture
def rest(server: Program, tmp_path: Path) -> Iterator[httpx.Client]:
    """Asks an Envoy that translates."""
    subprocess.run(
        [sys.executable, "-m", "scripts.envoy_descriptors", tmp_path / "getme.binpb"],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        timeout=60,
    )
    with (
        deployed_envoy("rest.yaml", tmp_path, {"getme-server": [server.address]}) as address,
        httpx.Client(base_url=f"http://{address}", trust_env=False) as client,
    ):
        yield client


def test_envoy_translates_as_the_gateway_does(
    rest: httpx.Client, server: Program, tmp_path: Path
) -> None:
    with (
        start_gateway(tmp_path, server.address) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        headers = dict(bearer(token_for(MODERATOR.user_id)))
        for path in (ME, f"/api/v1/users/{ADA.user_id}"):
            by_envoy, by_gateway = rest.get(path, headers=headers), http.get(path, headers=headers)
            assert (by_envoy.status_code, by_gateway.status_code) == (200, 200)
            assert by_envoy.json()["user"] == by_gateway.json()
        batch = f"/api/v1/users?ids={ADA.user_id}"
        assert rest.get(batch).json()["users"] == [http.get(f"/api/v1/users/{ADA.user_id}").json()]


def test_envoy_refuses_as_the_status_says_and_reaches_routes_alone(rest: httpx.Client) -> None:
    refused = rest.get(ME)
    assert refused.status_code == 401
    assert refused.json()["details"][0]["reason"] == "TOKEN_MISSING"
    watch = user_service_pb2.DESCRIPTOR.services_by_name["UserService"].methods_by_name[
        "WatchInvalidations"
    ]
    service = watch.containing_service.full_name
    body = bytes(5)  # an empty message
    by_grpc = {"content-type": "application/grpc"}
    reached = rest.post(f"/{service}/{watch.name}", content=body, headers=by_grpc)
    assert reached.headers["grpc-status"] == str(grpc.StatusCode.UNIMPLEMENTED.value[0])
    assert rest.get("/metrics").status_code == 404
