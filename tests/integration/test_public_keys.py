"""The keys that others verify tokens with, over gRPC and REST; without private ones, ever."""

import grpc
import httpx
import pytest

from getme.v1.auth_service_pb2 import GetPublicKeysRequest
from getme.v1.auth_service_pb2_grpc import AuthServiceStub
from tests.integration.conftest import System
from tests.servers.programs import SECRET, start_gateway
from tests.unit.gateway.public_keys_in_test import PRIVATE_MEMBERS, PUBLIC_MEMBERS, members_of

PATH = "/.well-known/jwks.json"


def test_a_shared_secret_is_no_public_key(system: System) -> None:
    with grpc.insecure_channel(system.server.address) as channel:
        answer = AuthServiceStub(channel).GetPublicKeys(GetPublicKeysRequest(), timeout=10)
    assert list(answer.keys) == []


def test_rest_answers_a_key_set_that_anybody_may_keep(system: System) -> None:
    answer = system.http.get(PATH)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"keys": []}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "vary" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_key_sets_are_revalidated_with_an_etag(system: System) -> None:
    first = system.http.get(PATH)
    again = system.http.get(PATH, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    other = system.http.get(PATH, headers={"if-none-match": '"another"'})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize("token", ["", "Bearer no-token", "Basic eDp5"], ids=repr)
def test_keys_need_no_token_and_no_good_one(system: System, token: str) -> None:
    headers = {"authorization": token} if token else {}
    assert system.http.get(PATH, headers=headers).status_code == 200


def test_key_sets_are_the_same_in_either_spelling(
    system: System, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"GETME_GATEWAY_JSON_NAMES": "camel", "GETME_GATEWAY_MAX_AGE": "300s"}
    directory = tmp_path_factory.mktemp("camel")
    with (
        start_gateway(directory, system.server.address, settings) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        answer = http.get(PATH)
    assert answer.content == system.http.get(PATH).content
    assert answer.headers["cache-control"] == "public, max-age=300"


def test_nothing_private_is_ever_shown(system: System) -> None:
    answer = system.http.get(PATH)
    members = set(members_of(answer.json()))
    assert not members & PRIVATE_MEMBERS
    assert members <= {"keys", *PUBLIC_MEMBERS}
    assert SECRET not in answer.text
