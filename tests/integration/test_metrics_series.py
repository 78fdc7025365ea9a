"""No caller makes metrics grow: what they choose is no label, whatever they send."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import grpc
import httpx
import pytest

from tests.accounts import CHEAP_ACCOUNTS
from tests.scraping import samples
from tests.servers.programs import Program, start_gateway, start_server
from tests.tokens import token_for

ROUNDS = 40
Series = set[tuple[str, tuple[tuple[str, str], ...]]]


@pytest.fixture
def programs(tmp_path: Path, people_database: str) -> Iterator[tuple[Program, Program]]:
    settings = CHEAP_ACCOUNTS | {"GETME_STORE": people_database}
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address) as gateway,
    ):
        yield server, gateway


def series(program: Program) -> Series:
    return {(sample.name, tuple(sorted(sample.labels.items()))) for sample in samples(program)}


def values(program: Program, label: str) -> set[str]:
    """What a label says anywhere."""
    return {sample.labels[label] for sample in samples(program) if label in sample.labels}


def over_grpc(server: Program, number: int) -> None:
    """Odd methods, tokens, request IDs and user agents, over a connection of its own."""
    agent = [("grpc.primary_user_agent", f"agent-{number}"), ("grpc.use_local_subchannel_pool", 1)]
    odd = secrets.token_hex(8)
    metadata = (("authorization", f"Bearer {odd}"), ("x-request-id", odd))
    with grpc.insecure_channel(server.address, options=agent) as channel:
        for method in (
            f"/getme.v1.UserService/{odd}",
            f"/{odd}/GetMe",
            "/getme.v1.UserService/GetMe",
            "/getme.v1.AuthService/Login",
        ):
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
            with suppress(grpc.RpcError):
                call(odd.encode(), metadata=metadata, timeout=5)


def over_http(http: httpx.Client) -> None:
    """Odd paths, methods, queries, tokens, request IDs and user agents."""
    odd = secrets.token_hex(8)
    headers = {"x-request-id": odd, "user-agent": odd, "authorization": f"Bearer {odd}"}
    stranger = {"authorization": f"Bearer {token_for(uuid4())}"}
    http.get(f"/{odd}", headers=headers)
    http.get(f"/api/v1/users/{uuid4()}", headers=headers)
    http.get(f"/api/v1/users/{odd}?{odd}={odd}", headers=headers)
    http.get("/api/v1/users/me", headers=stranger)
    http.request(odd.upper(), "/api/v1/users/me", headers=headers)
    http.post("/api/v1/users/login", headers=headers, json={odd: odd})


def attack(programs: tuple[Program, Program], rounds: int) -> None:
    server, gateway = programs
    with httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http:
        for number in range(rounds):
            over_grpc(server, number)
            over_http(http)


def test_series_are_as_many_after_an_attack_as_at_its_begin(
    programs: tuple[Program, Program],
) -> None:
    attack(programs, 2)  # from here on all that it can make is there
    before = [series(program) for program in programs]
    attack(programs, ROUNDS)
    assert [series(program) for program in programs] == before


def test_what_callers_send_is_in_no_label(programs: tuple[Program, Program]) -> None:
    attack(programs, 1)
    server, gateway = programs
    assert values(server, "grpc_method") == {"GetMe", "Login", "GetUser", "WatchInvalidations"}
    assert values(gateway, "method") == {"GET", "POST", "other"}
    assert values(gateway, "route") == {
        "none", "/api/v1/users/me", "/api/v1/users/{user_id}", "/api/v1/users/login"
    }  # fmt: skip
