"""Starts the programs under test with the settings that they share, each on a free port."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bench.databases import KEYSPACE, Databases
from bench.people import SECRET_KEY
from bench.program import LOAD_CORE, SERVER_CORE, Program, free_port, start


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

    def constant(self, peer: str, answer: bytes) -> Service:
        """A peer that answers the same bytes to everybody."""
        path = self._directory / f"{peer}.answer"
        path.write_bytes(answer)
        return self._peer(peer, {"ANSWER_FILE": str(path)})

    def usual(self, peer: str) -> Service:
        """A peer that verifies tokens and reads Cassandra."""
        return self._peer(
            peer,
            {
                "CASSANDRA_PORT": str(self._databases.cassandra_port),
                "KEYSPACE": KEYSPACE,
                "SECRET_KEY": SECRET_KEY,
            },
        )

    @cached_property
    def on_sqlite(self) -> Service:
        """getme-server on SQLite."""
        return self._server(self._databases.sqlite)

    @cached_property
    def on_cassandra(self) -> Service:
        """getme-server on Cassandra; several subjects share it."""
        return self._server(self._databases.cassandra)

    def gateway(self, upstream: Service) -> Service:
        """getme-gateway in front of a server, with its defaults."""
        port = free_port()
        environment = {
            "GETME_GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GETME_GATEWAY_METRICS_LISTEN": "127.0.0.1:0",
            "GETME_GATEWAY_UPSTREAM": f"127.0.0.1:{upstream.port}",
        }
        return self._started(["getme_gateway", "serve"], environment, port)

    def with_workers(self, workers: int) -> Service:
        """getme-server on Cassandra with so many workers, on all cores."""
        cores = sorted({SERVER_CORE, LOAD_CORE})
        return self._server(self._databases.cassandra, workers, cores)

    def _server(
        self, store: str, workers: int = 1, cores: Sequence[int] = (SERVER_CORE,)
    ) -> Service:
        port = free_port()
        environment = {
            "GETME_LISTEN": f"127.0.0.1:{port}",
            "GETME_METRICS_LISTEN": "127.0.0.1:0",
            "GETME_STORE": store,
            "GETME_SECRET_KEY": SECRET_KEY,
            "GETME_WORKERS": str(workers),
        }
        return self._started(["getme_server", "serve"], environment, port, cores)

    def _peer(self, name: str, environment: dict[str, str]) -> Service:
        port = free_port()
        return self._started([f"bench.peers.{name}"], environment | {"PORT": str(port)}, port)

    def _started(
        self,
        module: list[str],
        environment: dict[str, str],
        port: int,
        cores: Sequence[int] = (SERVER_CORE,),
    ) -> Service:
        program = start(module, environment, self._directory, cores)
        self._stack.callback(program.stop)
        program.wait_until_it_listens(port)
        return Service(program, port)
