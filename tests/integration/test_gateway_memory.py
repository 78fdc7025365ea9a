"""What the gateway answers from memory: the same bytes as ever, and never what is no longer so."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest

from getme.v1.admin_service_pb2 import SetAccountStatusRequest
from getme.v1.admin_service_pb2_grpc import AdminServiceStub
from tests.integration.gateway_hits import hits, remember
from tests.people import ADA
from tests.scraping import shown
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

ME = "/api/v1/users/me"
TOKEN = token_for(ADA.user_id)
HEADERS = dict(bearer(TOKEN))
MODERATOR = bearer(token_for(ADA.user_id, "moderator"))


@pytest.fixture
def server(people_database: str, tmp_path: Path) -> Iterator[Program]:
    with start_server(tmp_path, {"GETME_STORE": people_database}) as running:
        yield running


@pytest.fixture
def gateway(server: Program, tmp_path: Path) -> Iterator[Program]:
    with start_gateway(tmp_path, server.address) as running:
        yield running


@pytest.fixture
def http(gateway: Program) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as client:
        yield client


def asked(server: Program) -> float:
    """How many GetMe calls the server has answered."""
    answered = shown(
        server,
        "grpc_server_handled_total",
        grpc_code="OK",
        grpc_method="GetMe",
        grpc_service="getme.v1.UserService",
    )
    return answered or 0.0


def without_request_id(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [pair for pair in answer.headers.multi_items() if pair[0] != "x-request-id"]
    return answer.status_code, [pair for pair in headers if pair[0] != "date"], answer.content


def test_answers_from_memory_are_the_same_and_ask_nobody(
    http: httpx.Client, gateway: Program, server: Program
) -> None:
    fresh = http.get(ME, headers=HEADERS, params={"max_staleness": "0s"})
    remember(http, gateway, HEADERS)
    calls, seen = asked(server), hits(gateway)
    answers = [http.get(ME, headers=HEADERS) for _ in range(20)]
    assert hits(gateway) == seen + 20
    assert asked(server) == calls
    assert {*map(str, map(without_request_id, answers))} == {str(without_request_id(fresh))}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 20


def test_other_ways_to_ask_find_it_too(http: httpx.Client, gateway: Program) -> None:
    remember(http, gateway, HEADERS)
    seen = hits(gateway)
    full = http.get(ME, headers=HEADERS)
    etag = full.headers["etag"]
    unchanged = http.get(ME, headers=HEADERS | {"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == etag
    assert http.get(ME, headers=HEADERS | {"if-none-match": '"other"'}).status_code == 200
    by_cookie = http.get(ME, headers={"cookie": f"__Host-getme_access={TOKEN}"})
    assert by_cookie.json() == full.json()
    head = http.head(ME, headers=HEADERS)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(full.content))
    own_id = http.get(ME, headers=HEADERS | {"x-request-id": "mine-1"})
    assert own_id.headers["x-request-id"] == "mine-1"
    assert hits(gateway) == seen + 6


def test_whoever_changes_something_sees_it_at_once(http: httpx.Client, gateway: Program) -> None:
    for number in range(4):
        remember(http, gateway, HEADERS)
        name = f"Ada {number}"
        assert http.put(ME, headers=HEADERS, json={"firstname": name}).status_code == 200
        assert http.get(ME, headers=HEADERS).json()["firstname"] == name


def test_what_others_change_is_seen(http: httpx.Client, gateway: Program, server: Program) -> None:
    remember(http, gateway, HEADERS)
    with grpc.insecure_channel(server.address) as channel:
        request = SetAccountStatusRequest(user_id=str(ADA.user_id), account_status="suspended")
        AdminServiceStub(channel).SetAccountStatus(request, metadata=MODERATOR, timeout=10)
    assert until(lambda: http.get(ME, headers=HEADERS).status_code == 403, seconds=1)
    assert http.get(ME, headers=HEADERS).json()["reason"] == "ACCOUNT_SUSPENDED"


def test_one_who_asks_for_it_gets_what_the_store_has(
    http: httpx.Client, gateway: Program, server: Program
) -> None:
    remember(http, gateway, HEADERS)
    calls = asked(server)
    assert http.get(ME, headers=HEADERS, params={"max_staleness": "0s"}).status_code == 200
    assert asked(server) == calls + 1


def test_nothing_is_answered_from_memory_once_the_server_is_not_heard(
    http: httpx.Client, gateway: Program, server: Program
) -> None:
    remember(http, gateway, HEADERS)
    assert shown(gateway, "getme_leases") == 1
    server.process.kill()
    assert until(lambda: http.get(ME, headers=HEADERS).status_code == 503, seconds=2)
    assert shown(gateway, "getme_leases") == 0
