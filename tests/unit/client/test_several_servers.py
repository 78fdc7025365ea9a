"""A client of several servers: who is asked, and what it takes for one to be left out."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

import getme
from getme.v1.user_service_pb2 import GetMeResponse
from tests.servers.cassandra_certificates import Authority
from tests.unit.client.remembering import AioClient, Client, Connect
from tests.unit.client.serving import SECONDS, Users, serve_users, until

TOKEN = "a.b.c"


@pytest.fixture(params=[getme.Client, AioClient], ids=["threads", "asyncio"])
def connect(request: pytest.FixtureRequest) -> Connect:
    made: Connect = request.param
    return made


@pytest.fixture
def second() -> Iterator[Users]:
    with serve_users() as users:
        yield users


def ask(client: Client, servers: list[Users]) -> None:
    """Until each of them was asked."""

    def all_were_asked() -> bool:
        client.get_me(TOKEN)
        return all(server.requests for server in servers)

    until(all_were_asked)


def test_each_server_of_a_list_is_asked_and_one_that_is_gone_is_not_missed(
    connect: Connect, second: Users
) -> None:
    with ExitStack() as first_running:
        first = first_running.enter_context(serve_users())
        address = f"{first.address},{second.address}"
        client = connect(address, cache=False, timeout_seconds=SECONDS)
        try:
            ask(client, [first, second])
            first_running.close()
            for _ in range(20):
                client.get_me(TOKEN)
        finally:
            client.close()


def test_a_reading_call_that_a_stopping_server_cancels_is_sent_again(
    connect: Connect, second: Users
) -> None:
    cancelled = 0

    def cancel(_request: object, context: grpc.ServicerContext) -> GetMeResponse:
        nonlocal cancelled
        cancelled += 1
        context.abort(grpc.StatusCode.CANCELLED, "as gRPC answers a call that it had not taken up")

    def both_were_asked() -> bool:
        client.get_me(TOKEN)
        return cancelled > 0

    with serve_users() as first:
        client = connect(f"{first.address},{second.address}", cache=False, timeout_seconds=SECONDS)
        try:
            ask(client, [first, second])
            first.get_me = cancel
            until(both_were_asked)
        finally:
            client.close()


def test_all_servers_of_a_list_are_trusted_by_the_name_of_the_first(
    tmp_path: Path, connect: Connect
) -> None:
    authority = Authority(tmp_path)
    with ExitStack() as running:
        servers = [
            running.enter_context(serve_users(_credentials(authority, *names)))
            for names in (("first.example.org", "127.0.0.1"), ("127.0.0.1",))
        ]
        address = ",".join(server.address for server in servers)
        client = connect(address, cache=False, timeout_seconds=SECONDS, tls=getme.Tls(authority.ca))
        try:
            ask(client, servers)
        finally:
            client.close()


def _credentials(authority: Authority, *names: str) -> grpc.ServerCredentials:
    cert, key = authority.issue("server", *names)
    return grpc.ssl_server_credentials([(key.read_bytes(), cert.read_bytes())])
