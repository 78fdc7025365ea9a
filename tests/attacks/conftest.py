"""Servers and gateways under attack, one with a secret, one with keys; the forges that attack."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple

import grpc
import httpx
import pytest

from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.attacks.forge import Forge
from tests.attacks.grpc_door import GrpcDoor
from tests.attacks.listener import Listener
from tests.attacks.rest_door import RestDoor
from tests.attacks.signing import KEY_IDS, new_kit
from tests.conftest import NO_LOGIN, NewStore
from tests.people import CREDENTIALS, PEOPLE
from tests.servers.programs import Program, start_gateway, start_server


class Target(NamedTuple):
    """What is attacked, where its log and metrics are, and who knows its key."""

    server: Program
    gateway: Program
    grpc: GrpcDoor
    rest: RestDoor
    http: httpx.Client
    forge: Forge

    def printed(self) -> list[str]:
        """All lines that the programs have logged or said."""
        return [line for p in (self.server, self.gateway) for line in (*p.lines, *p.errors)]

    def metrics(self) -> str:
        """All that the programs tell of themselves."""
        urls = (self.server.metrics_url, self.gateway.metrics_url)
        return "".join(self.http.get(url).text for url in urls)


Targets = Callable[[str], Target]


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    """Where keys' addresses lead."""
    with Listener() as listening:
        yield listening


@pytest.fixture(scope="session")
def targets(
    new_store: NewStore, listener: Listener, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Targets]:
    """The target of an algorithm, started when it is first asked for; each has one worker."""
    url = new_store("sqlite")
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_credentials(CREDENTIALS)
    kits = {algorithm: new_kit(algorithm) for algorithm in ("HS256", *KEY_IDS)}
    jwks = [kit.private_jwk for kit in kits.values() if kit.private_jwk]
    now = int(time.time())
    forges = {name: Forge(kit, now, listener.address) for name, kit in kits.items()}
    with ExitStack() as stack:

        @cache
        def start(*, with_secret: bool) -> Target:
            directory = tmp_path_factory.mktemp("attacks")
            keys = {} if with_secret else _keys_file(directory, jwks)
            server = stack.enter_context(start_server(directory, {"GETME_STORE": url} | keys))
            gateway = stack.enter_context(start_gateway(directory, server.address))
            channel = stack.enter_context(grpc.insecure_channel(server.address))
            doors = GrpcDoor(server.address, channel), RestDoor(gateway.address)
            http = stack.enter_context(httpx.Client(trust_env=False))
            return Target(server, gateway, *doors, http, forges["HS256"])

        yield lambda name: start(with_secret=name == "HS256")._replace(forge=forges[name])


def _keys_file(directory: Path, jwks: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The settings of a server that has these keys and no secret."""
    keys = directory / "keys.json"
    keys.touch(mode=0o600)
    keys.write_text(json.dumps({"keys": jwks}))
    return {"GETME_SECRET_KEY": "", "GETME_KEYS_FILE": str(keys)}
