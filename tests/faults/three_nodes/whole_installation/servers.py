"""Two servers of two workers on three nodes, and a gateway in front of both.

What each process of a server has counted is read until it ends, so that nothing is lost by a
restart.
"""

import signal
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx

from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from tests.accounts import CHEAP_ACCOUNTS
from tests.people import MODERATOR
from tests.scraping import samples
from tests.servers.front import free_port
from tests.servers.programs import Program, run_command, start_gateway, start_server
from tests.unit.key_files.files_in_test import key_ids

KEYS = "keys.json"
DELAY = "1s"  # in which all have left a server that ends

Counted = Counter[tuple[str, str]]  # method and gRPC status

_UNARY = {
    (service.full_name, method.name)
    for file in (user_service_pb2, auth_service_pb2, admin_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if not method.server_streaming
}


class Server:
    """One that comes back at the same address."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._directory = directory
        self._settings = {**settings, "GETME_LISTEN": self.address}
        self._ended: Counted = Counter()
        self.program = self._start()

    def restart(self) -> None:
        """Ends it as an operator does, and starts it again; returns once it answers.

        Its own callers rest meanwhile; those who have another server need not.
        """
        ended = _counted(self.program)
        self.program.process.send_signal(signal.SIGTERM)
        while self.program.process.poll() is None:
            with suppress(httpx.TransportError):
                ended = _counted(self.program)
        assert self.program.stop() == 0
        self._ended += ended
        self.program = self._start()

    @property
    def counted(self) -> Counted:
        """The calls of the contract that all its processes have answered."""
        return self._ended + _counted(self.program)

    @property
    def counted_since_start(self) -> Counted:
        """Those since it was started last."""
        return _counted(self.program)

    def _start(self) -> Program:
        return start_server(self._directory, self._settings)


class Gateway:
    """The one in front of both servers."""

    def __init__(self, directory: Path, upstream: str) -> None:
        # Memory that is full before anybody looks how it grows.
        settings = {"GETME_GATEWAY_CACHE_MEMORY": "1"}
        self.program = start_gateway(directory, upstream, settings)

    @property
    def requests(self) -> Counter[tuple[str, str, str]]:
        """What it has answered, by method, route and status."""
        return Counter(
            {
                (sample.labels["method"], sample.labels["route"], sample.labels["status"]): int(
                    sample.value
                )
                for sample in samples(self.program)
                if sample.name == "getme_gateway_requests_total"
            }
        )

    @property
    def asked(self) -> int:
        """How often it asked a server for GetMe, having no answer in memory."""
        (misses,) = (
            sample.value
            for sample in samples(self.program)
            if sample.name == "getme_memory_lookups_total" and sample.labels["result"] == "miss"
        )
        return int(misses)


class Installation(NamedTuple):
    """All of it. moderator: a token of one."""

    directory: Path
    servers: tuple[Server, Server]
    gateway: Gateway
    moderator: str

    @property
    def upstream(self) -> str:
        """Both servers, as clients name them."""
        return ",".join(server.address for server in self.servers)

    @property
    def programs(self) -> dict[str, Program]:
        """Those that run now, by name."""
        first, second = self.servers
        return {"server a": first.program, "server b": second.program} | {
            "gateway": self.gateway.program
        }

    def rotate_keys(self) -> str:
        """Has another key sign, and returns its ID."""
        keys(self.directory, "rotate", "--wait", "1s")
        return key_ids(self.directory / KEYS)[-1]

    def close(self) -> None:
        """Ends all."""
        for program in self.programs.values():
            program.stop()


def install(directory: Path, store: str, redis_url: str) -> Installation:
    """Starts all of it on a store with `tests.people`."""
    keys(directory, "generate")
    secrets = {"GETME_SECRET_KEY": "", "GETME_KEYS_FILE": str(directory / KEYS)}
    settings = CHEAP_ACCOUNTS | secrets | {
        "GETME_STORE": store,
        "GETME_REDIS_URL": redis_url,
        "GETME_LIMIT_ACCOUNT": "100000 per hour",  # none would ask no Redis
        # One at a time: a second one's memory would be a step at some time or other.
        "GETME_PASSWORD_THREADS": "1",
        "GETME_WORKERS": "2",
        "GETME_CACHE_MEMORY": "1",
        "GETME_DRAIN_DELAY": DELAY,
    }  # fmt: skip
    issue = ["getme-server", "token", "issue", "--user", str(MODERATOR.user_id)]
    issued = run_command([*issue, "--role", "moderator"], directory, secrets)
    assert issued.returncode == 0, issued.stderr
    servers = (Server(directory, settings), Server(directory, settings))
    upstream = ",".join(server.address for server in servers)
    return Installation(directory, servers, Gateway(directory, upstream), issued.stdout.strip())


def keys(directory: Path, *arguments: str) -> None:
    """Runs `getme-server keys`."""
    done = run_command(["getme-server", "keys", *arguments, "--file", KEYS], directory, {})
    assert done.returncode == 0, done.stderr


def _counted(program: Program) -> Counted:
    return Counter(
        {
            (sample.labels["grpc_method"], sample.labels["grpc_code"]): int(sample.value)
            for sample in samples(program)
            if sample.name == "grpc_server_handled_total"
            and (sample.labels["grpc_service"], sample.labels["grpc_method"]) in _UNARY
        }
    )
