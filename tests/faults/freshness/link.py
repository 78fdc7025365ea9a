"""A connection that can be frozen, reset, lost and slow: starts and commands `link_program`."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.servers.cassandra import dies_with_us

_PROGRAM = Path(__file__).with_name("link_program.py")
STOP_SECONDS = 10


class Link:
    """A TCP proxy on loopback. address: `host:port` where it listens."""

    def __init__(self, upstream: str) -> None:
        """Starts it. upstream: `host:port`."""
        host, _, port = upstream.rpartition(":")
        self._process = subprocess.Popen(
            [*dies_with_us(), sys.executable, str(_PROGRAM), host, port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = f"127.0.0.1:{int(self._process.stdout.readline())}"

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """What is sent lies in buffers meanwhile, and arrives afterwards."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """What servers send comes so much later."""
        self._order(f"slow {seconds}")
        try:
            yield
        finally:
            self._order("carry")

    def reset(self) -> None:
        """Ends all connections, and tells both sides."""
        self._order("reset")

    def lose(self) -> None:
        """Makes all connections half-open: servers are told that they ended, clients are not."""
        self._order("lose")

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=STOP_SECONDS)  # the end of its input

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        assert self._process.poll() is None, "the link has ended"
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
