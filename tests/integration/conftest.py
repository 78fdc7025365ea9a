"""The whole system as users run it: a server and a gateway over either store."""

from collections.abc import Iterator
from typing import NamedTuple

import grpc
import httpx
import pytest

from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.servers.programs import Program, start_gateway, start_server


class System(NamedTuple):
    """A running server and gateway, and how to call them."""

    server: Program
    gateway: Program
    users: UserServiceStub
    http: httpx.Client


def run_system(
    directory_factory: pytest.TempPathFactory, settings: dict[str, str]
) -> Iterator[System]:
    """Starts a system with these settings; ends it when the fixture is done."""
    directory = directory_factory.mktemp("system")
    with (
        start_server(directory, settings) as server,
        start_gateway(directory, server.address) as gateway,
        grpc.insecure_channel(server.address) as channel,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        yield System(server, gateway, UserServiceStub(channel), http)


@pytest.fixture(scope="session")
def system(people_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system over the people of `tests.people`; tests only read from it."""
    yield from run_system(tmp_path_factory, {"GETME_STORE": people_store})


@pytest.fixture(scope="session")
def system_that_reports_missing_users(
    people_store: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """The same with GETME_MISSING_USER=not_found."""
    settings = {"GETME_STORE": people_store, "GETME_MISSING_USER": "not_found"}
    yield from run_system(tmp_path_factory, settings)
