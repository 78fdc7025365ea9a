"""Starts the programs under test with the settings that they share, each on a free port."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bench.databases import KEYSPACE, Databases
from bench.go_peers import GoPeers, build_go_peers
from bench.people import SECRET_KEY
from bench.program import (
    LOAD_CORE,
    SERVER_CORE,
    Program,
    free_port,
    python_module,
    start,
)

ASKS_THE_STORE = {"GETME_CACHE_TTL": "0"}
ASKS_THE_SERVER = {"GETME_GATEWAY_CACHE_MEMORY": "0"}


class Service(NamedTuple):
    """A program and the port that it listens on."""

    program: Program
    port: int


class Starter:
    """Starts programs and ends them with the stack. directory: for their logs and answers."""

    def __init__(self, databases: Databases, directory: Path, stack: ExitStack) -> None:
        self._databases = databases
        self._directory = directory
        self._stack = stack

    def constant(
        self, peer: str, answer: bytes, headers: Sequence[tuple[str, str]] | None = None
    ) -> Service:
        """A peer that answers the same bytes to everybody. headers: over REST, its own if None."""
        path = self._directory / f"{peer}.answer"
        path.write_bytes(answer)
        environment = {"ANSWER_FILE": str(path)}
        if headers is not None:
            environment["HEADERS_FILE"] = str(self._directory / f"{peer}.headers")
            Path(environment["HEADERS_FILE"]).write_text(json.dumps(headers), "utf-8")
        return self._peer(peer, environment)

    def usual(self, peer: str) -> Service:
        """A peer that verifies tokens and reads Cassandra."""
        return self._peer(peer, self._cassandra_and_key())

    @cached_property
    def go_server(self) -> Service:
        """The usual gRPC service in Go; its gateway shares it. Raises GoMissing."""
        return self._go_peer(self.go_peers.server, self._cassandra_and_key())

    @cached_property
    def go_gateway(self) -> Service:
        """grpc-gateway in front of go_server. Raises GoMissing."""
        upstream = {"UPSTREAM_PORT": str(self.go_server.port)}
        return self._go_peer(self.go_peers.gateway, upstream)

    @cached_property
    def go_peers(self) -> GoPeers:
        """The programs in Go, compiled. Raises GoMissing."""
        return build_go_peers()

    @cached_property
    def on_cassandra(self) -> Service:
        """getme-server on Cassandra with its defaults; several subjects share it."""
        return self.server_on_cassandra()

    @cached_property
    def asking_cassandra(self) -> Service:
        """The same, but each call reads the store; shared likewise."""
        return self._server(self._databases.cassandra, ASKS_THE_STORE)

    @cached_property
    def asking_sqlite(self) -> Service:
        """getme-server on SQLite, where each call reads the store."""
        return self.server_on_sqlite(ASKS_THE_STORE)

    @cached_property
    def gateway(self) -> Service:
        """getme-gateway with its defaults in front of on_cassandra."""
        return self.gateway_before(self.on_cassandra, {})

    @cached_property
    def asking_gateway(self) -> Service:
        """getme-gateway that asks asking_cassandra for each request."""
        return self.gateway_before(self.asking_cassandra, ASKS_THE_SERVER)

    def server_on_cassandra(self, settings: Mapping[str, str] = {}) -> Service:  # never changed
        """One more getme-server on Cassandra, with its defaults but for these settings."""
        return self._server(self._databases.cassandra, settings)

    def server_on_sqlite(self, settings: Mapping[str, str]) -> Service:
        """The same on SQLite."""
        return self._server(self._databases.sqlite, settings)

    def with_workers(self, workers: int) -> Service:
        """getme-server on Cassandra with so many workers, on all cores; each call reads."""
        cores = sorted({SERVER_CORE, LOAD_CORE})
        settings = {**ASKS_THE_STORE, "GETME_WORKERS": str(workers)}
        return self._server(self._databases.cassandra, settings, cores)

    def _cassandra_and_key(self) -> dict[str, str]:
        return {
            "CASSANDRA_PORT": str(self._databases.cassandra_port),
            "KEYSPACE": KEYSPACE,
            "SECRET_KEY": SECRET_KEY,
        }

    def gateway_before(self, upstream: Service, settings: Mapping[str, str]) -> Service:
        """One more getme-gateway in front of a server."""
        port = free_port()
        environment = {
            "GETME_GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GETME_GATEWAY_METRICS_LISTEN": "127.0.0.1:0",
            "GETME_GATEWAY_UPSTREAM": f"127.0.0.1:{upstream.port}",
            **settings,
        }
        return self._started("getme_gateway", environment, port, arguments=("serve",))

    def _server(
        self, store: str, settings: Mapping[str, str], cores: Sequence[int] = (SERVER_CORE,)
    ) -> Service:
        port = free_port()
        environment = {
            "GETME_LISTEN": f"127.0.0.1:{port}",
            "GETME_METRICS_LISTEN": "127.0.0.1:0",
            "GETME_STORE": store,
            "GETME_SECRET_KEY": SECRET_KEY,
            "GETME_WORKERS": "1",
            **settings,
        }
        return self._started("getme_server", environment, port, arguments=("serve",), cores=cores)

    def _peer(self, name: str, environment: dict[str, str]) -> Service:
        port = free_port()
        return self._started(f"bench.peers.{name}", environment | {"PORT": str(port)}, port)

    def _go_peer(self, program: Path, environment: dict[str, str]) -> Service:
        port = free_port()
        one_core = {"GOMAXPROCS": "1"}
        return self._listening(
            start(
                f"go-{program.name}",
                [str(program)],
                environment | one_core | {"PORT": str(port)},
                self._directory,
            ),
            port,
        )

    def _started(
        self,
        module: str,
        environment: dict[str, str],
        port: int,
        *,
        arguments: Sequence[str] = (),
        cores: Sequence[int] = (SERVER_CORE,),
    ) -> Service:
        command = python_module(module, *arguments)
        return self._listening(start(module, command, environment, self._directory, cores), port)

    def _listening(self, program: Program, port: int) -> Service:
        self._stack.callback(program.stop)
        program.wait_until_it_listens(port)
        return Service(program, port)
