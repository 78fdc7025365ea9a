"""A proxy in front of a gateway: a process on a port of its own, with a directory for its files."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.cassandra import dies_with_us
from tests.waiting import until

STOP_SECONDS = 10


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens right now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(command: list[str], directory: Path, port: int) -> Iterator[str]:
    """Runs a proxy; `host:port` once it accepts. Raises AssertionError with what it printed."""
    log = directory / "printed"
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [*dies_with_us("TERM"), *command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        assert until(lambda: process.poll() is not None or _accepts(port)), log.read_text("utf-8")
        assert process.poll() is None, log.read_text("utf-8")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True
