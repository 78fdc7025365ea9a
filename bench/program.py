"""A program under test: pinned to one core, asked for its CPU time and memory, ended at the end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SERVER_CORE = 0  # the server's alone
LOAD_CORE = 1  # the load, Cassandra and the benchmark itself
START_SECONDS = 60
STOP_SECONDS = 15
_POLL_SECONDS = 0.005
_MIB = 2**20
_LOG_LINES_SHOWN = 15
# Below the ports that Linux takes for outgoing connections, so that none is taken meanwhile.
_PORTS = range(12_000, 19_000)


@dataclass(frozen=True, eq=False)
class Program:
    """A started program. log: all that it printed."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def cpu_seconds(self) -> float:
        """CPU time so far of the process and its living children, user and system."""
        times = [process.cpu_times() for process in self._tree()]
        return sum(time.user + time.system for time in times)

    def resident_mib(self) -> float:
        """Resident memory of the process and its children, in MiB."""
        return sum(process.memory_info().rss for process in self._tree()) / _MIB

    def threads(self) -> int:
        """How many threads the process and its children have."""
        return sum(process.num_threads() for process in self._tree())

    def descriptors(self) -> int:
        """How many file descriptors the process and its children hold open."""
        return sum(process.num_fds() for process in self._tree())

    def stop(self) -> None:
        """Ends it, by force where it does not end by itself."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_until_it_listens(self, port: int) -> None:
        """Raises RuntimeError with the end of the log if it ends, or takes START_SECONDS."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(_POLL_SECONDS)
            else:
                return
        self.stop()
        lines = self.log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES_SHOWN:]
        raise RuntimeError("\n".join([f"{self.name} did not start; its log ends:", *lines]))

    def _tree(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]


def python_module(*module: str) -> list[str]:
    """The command that runs `python -m module`, a name and arguments."""
    return [sys.executable, "-m", *module]


def start(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    cores: Sequence[int] = (SERVER_CORE,),
) -> Program:
    """Starts a command on these cores, by default the server's alone.

    name: for its log and for errors. environment: settings besides our own environment.
    directory: where its log goes.
    """
    log = directory / f"{name}-{len(list(directory.glob('*.log')))}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*pinned_to(*cores), *command],
            env={**clean_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Program(name, process, log)


def pinned_to(*cores: int) -> list[str]:
    """What makes a command run on these cores only."""
    return ["taskset", "--cpu-list", ",".join(map(str, cores))]


def clean_environment() -> dict[str, str]:
    """Our environment without settings of getme, so that its defaults are what is measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GETME_")}


def free_port() -> int:
    """A loopback port on which nothing listens."""
    for port in _PORTS:
        with socket.socket() as candidate:
            if port not in _given and candidate.connect_ex(("127.0.0.1", port)) != 0:
                _given.add(port)
                return port
    raise RuntimeError(f"no free port in {_PORTS}")


_given: set[int] = set()
