"""Limits as callers meet them: of a server with several workers, and of servers with one Redis."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from getme.reasons import Reason
from getme.v1.auth_service_pb2 import LoginRequest, RefreshRequest, RegisterRequest
from getme.v1.auth_service_pb2_grpc import AuthServiceStub
from getme_server.accounts.refresh_token import FAMILY_BYTES, SECRET_BYTES, RefreshToken
from tests.people import ADA
from tests.servers.programs import run_command, start_server
from tests.servers.redis import RedisServer

LIMIT = 5
ATTEMPTS = 30


def refusal(error: Any) -> tuple[str, float]:
    """The reason of a refused call, and the seconds after which another makes sense."""
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for detail in rpc_status.from_call(error).details:
        detail.Unpack(info)
        detail.Unpack(retry)
    return info.reason, retry.retry_delay.ToSeconds()


def sign_in(address: str, email: str, client: str = "203.0.113.9") -> tuple[str, float]:
    """How a wrong password is refused, over a connection of its own: any worker may get it."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options=options) as channel:
        metadata = (("x-forwarded-for", client),)
        request = LoginRequest(email=email, password=secrets.token_hex(8))
        with pytest.raises(grpc.RpcError) as refused:
            AuthServiceStub(channel).Login(request, metadata=metadata, timeout=30)
    return refusal(refused.value)


def reasons(addresses: list[str], email: str) -> list[str]:
    """How so many attempts at once are refused, each by one of the servers."""
    with ThreadPoolExecutor(ATTEMPTS) as pool:
        asked = [addresses[number % len(addresses)] for number in range(ATTEMPTS)]
        return [reason for reason, _wait in pool.map(lambda a: sign_in(a, email), asked)]


def settings(store: str, **others: str) -> dict[str, str]:
    """Those of a server with low limits and cheap passwords."""
    low = {"GETME_LIMIT_PASSWORD": f"{LIMIT} per 10 minutes", "GETME_STORE": store}
    return low | {"GETME_PASSWORD_MEMORY": "8", "GETME_PASSWORD_TIME": "1"} | others


@pytest.mark.parametrize("workers", ["1", "3"])
def test_no_more_passwords_than_the_limit_are_looked_at(
    tmp_path: Path, people_database: str, workers: str
) -> None:
    with start_server(tmp_path, settings(people_database, GETME_WORKERS=workers)) as server:
        found = reasons([server.address], "ada@example.org")
        assert found.count(Reason.BAD_CREDENTIALS) == LIMIT
        assert found.count(Reason.RATE_LIMITED) == ATTEMPTS - LIMIT
        reason, wait_seconds = sign_in(server.address, "ada@example.org")
        assert reason == Reason.RATE_LIMITED
        assert 500 < wait_seconds <= 600
        elsewhere, _wait = sign_in(server.address, "ada@example.org", client="198.51.100.7")
        assert elsewhere == Reason.BAD_CREDENTIALS


def test_servers_with_one_redis_have_one_limit(tmp_path: Path, people_database: str) -> None:
    with RedisServer() as redis, ExitStack() as servers:
        shared = settings(people_database, GETME_REDIS_URL=redis.url)
        addresses = [
            servers.enter_context(start_server(tmp_path, shared | {"GETME_WORKERS": workers}))
            for workers in ("1", "2")
        ]
        found = reasons([server.address for server in addresses], "ada@example.org")
    assert found.count(Reason.BAD_CREDENTIALS) == LIMIT


def test_other_attempts_are_limited_by_address(tmp_path: Path, people_database: str) -> None:
    low = settings(people_database, GETME_LIMIT_ADDRESS="2 per hour", GETME_WORKERS="2")
    with (
        start_server(tmp_path, low) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        auth = AuthServiceStub(channel)
        register = RegisterRequest(
            email="ada@example.org",
            password="correct horse battery staple",
            firstname="Ada",
            lastname="Example",
        )
        refresh = RefreshRequest(
            refresh_token=RefreshToken(ADA.user_id, b"f" * FAMILY_BYTES, b"s" * SECRET_BYTES).text()
        )
        calls: dict[Reason, Callable[[], object]] = {
            Reason.EMAIL_TAKEN: lambda: auth.Register(register, timeout=30),
            Reason.TOKEN_INVALID: lambda: auth.Refresh(refresh, timeout=30),
        }
        for reason, call in calls.items():
            found = []
            for _ in range(3):
                with pytest.raises(grpc.RpcError) as refused:
                    call()
                found.append(refusal(refused.value)[0])
            assert found == [reason, reason, Reason.RATE_LIMITED]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GETME_LIMIT_PASSWORD", "ten per hour"),
        ("GETME_LIMIT_ACCOUNT", "0 per hour"),
        ("GETME_LIMIT_ADDRESS", "nothing"),
        ("GETME_TRUSTED_PROXIES", "localhost"),
        ("GETME_REDIS_URL", "redis.example:6379"),
    ],
)
def test_a_bad_setting_stops_the_start_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    ended = run_command(["getme-server", "serve"], tmp_path, {name: value})
    assert ended.returncode != 0
    assert name in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
