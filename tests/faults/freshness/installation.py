"""Two servers on one store, with two gateways, each process of which can be killed and frozen.

Server "a" stands behind a link, which its clients and its gateway go through; server "b" does not.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.accounts import CHEAP_ACCOUNTS
from tests.faults.freshness.link import Link
from tests.servers.programs import SECRET, Program, start_gateway, start_server

REPOSITORY = Path(__file__).parents[3]
_NO_HURRY = {"GETME_METRICS_LISTEN": "127.0.0.1:0", "GETME_LISTEN": "127.0.0.1:0"}


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stops a process in the middle of what it does; its connections stay open."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Server:
    """A server that comes back at the same address."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        self._directory = directory
        self._settings = dict(settings)
        self._program = start_server(directory, self._settings)
        self.address = self._program.address

    def kill(self) -> None:
        """Ends all its processes at once, as a power cut would."""
        process = psutil.Process(self._program.process.pid)
        for each in (process, *process.children(recursive=True)):
            each.kill()
        self._program.process.wait()
        self._program.stop()

    def start(self) -> None:
        """Starts it again; returns once it answers."""
        self._program = start_server(
            self._directory, self._settings | {"GETME_LISTEN": self.address}
        )

    @contextmanager
    def frozen_worker(self, number: int) -> Iterator[None]:
        """Stops the worker of that number, from 0, in the middle of what it does."""
        children = psutil.Process(self._program.process.pid).children()
        workers = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
        with frozen(workers[number].pid):
            yield

    def signal(self, number: int) -> None:
        """Sends a signal to its first process."""
        self._program.process.send_signal(number)

    def close(self) -> None:
        """Ends it."""
        self._program.stop()


def server_settings(store: str, **more: str) -> dict[str, str]:
    """Two workers that remember for a minute what nobody changes."""
    settings = {"GETME_STORE": store, "GETME_WORKERS": "2", "GETME_CACHE_TTL": "60s"}
    return settings | CHEAP_ACCOUNTS | more


class OddServer(Server):
    """`odd_server` with one worker. oddity: what is odd about it."""

    def __init__(self, directory: Path, settings: Mapping[str, str], oddity: str) -> None:
        path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(REPOSITORY)]))
        odd = {"GETME_WORKERS": "1", "PYTHONPATH": path, "GETME_SECRET_KEY": SECRET}
        command = ["python", "-m", "tests.faults.freshness.odd_server", oddity]
        self._program = Program(command, directory, _NO_HURRY | dict(settings) | odd)
        self.address = self._program.address


class Side:
    """A server and the gateway in front of it. upstream: where clients and gateway reach it."""

    def __init__(self, directory: Path, server: Server, upstream: str) -> None:
        """Takes a running server, and ends it in the end."""
        self.server = server
        self.upstream = upstream
        settings = {"GETME_GATEWAY_TIMEOUT": "3s"}
        self._gateway = start_gateway(directory, upstream, settings)
        self.gateway = self._gateway.address

    @contextmanager
    def frozen_gateway(self) -> Iterator[None]:
        """Stops all processes of the gateway in the middle of what they do."""
        process = psutil.Process(self._gateway.process.pid)
        with ExitStack() as stack:
            for each in (process, *process.children(recursive=True)):
                stack.enter_context(frozen(each.pid))
            yield

    def close(self) -> None:
        """Ends both."""
        self._gateway.stop()
        self.server.close()


class Installation(NamedTuple):
    """All of it. link: in front of server a. settings: of any server, for the command line."""

    directory: Path
    settings: Mapping[str, str]
    a: Side
    b: Side
    link: Link


@contextmanager
def linked_side(directory: Path, server: Server) -> Iterator[tuple[Side, Link]]:
    """A server behind a link, until the end of `with`."""
    with Link(server.address) as link:
        side = Side(directory, server, link.address)
        try:
            yield side, link
        finally:
            side.close()


@contextmanager
def installed(directory: Path, settings: Mapping[str, str], a: Server) -> Iterator[Installation]:
    """Server a and another one like it, until the end of `with`."""
    with linked_side(directory, a) as (side, link):
        b = Server(directory, settings)
        other = Side(directory, b, b.address)
        try:
            yield Installation(directory, settings, side, other, link)
        finally:
            other.close()


@contextmanager
def with_another_a(installation: Installation, a: Server) -> Iterator[Installation]:
    """The same, with another server a on the same store, until the end of `with`."""
    with linked_side(installation.directory, a) as (side, link):
        yield installation._replace(a=side, link=link)
