"""getme's own programs as a user starts them: processes with settings in their environment."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.servers import ready_commands
from tests.servers.cassandra import dies_with_us

SECRET = "a-secret-for-tests-that-is-long-enough-0123456789"
START_SECONDS = 30
STOP_SECONDS = 15
COMMAND_SECONDS = 60
BIN = Path(sys.executable).parent


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with exactly these `GETME_*` settings."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GETME_")}
    return inherited | dict(settings)


class Program:
    """A running program, and what it logs.

    command: its first word is a command of the venv, or a path.
    serving: its first event of that name, which holds the addresses that it got.
    """

    def __init__(self, command: list[str], directory: Path, settings: Mapping[str, str]) -> None:
        """Raises AssertionError with all that it printed if it ends before it serves."""
        self.process = subprocess.Popen(
            [*dies_with_us("TERM"), str(BIN / command[0]), *command[1:]],
            cwd=directory,
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._printed = threading.Condition()
        self.log_is_read = threading.Event()  # cleared: whoever should read the log hangs
        self.log_is_read.set()
        self._readers = [
            threading.Thread(target=self._read_log, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self.serving = self.wait_for("serving")

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self.serving["listen"])

    @property
    def metrics_url(self) -> str:
        """Where it shows its metrics."""
        return f"http://{self.serving['metrics']}/metrics"

    def wait_for(self, event: str, seconds: float = START_SECONDS) -> dict[str, Any]:
        """The next log line with this event."""
        while True:
            try:
                found = self._events.get(timeout=seconds)
            except queue.Empty:
                found = None
            assert found is not None, f"no {event!r}: {self.lines[-20:]} {self.errors[-20:]}"
            if found.get("event") == event:
                return found

    def has_line(self, text: str, seconds: float = START_SECONDS) -> bool:
        """Whether a log line holds text, now or within so many seconds."""
        with self._printed:
            return self._printed.wait_for(lambda: self._find(text), seconds)

    def _find(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it as an operator would; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.log_is_read.set()
        for reader in self._readers:
            reader.join(STOP_SECONDS)
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def _read_log(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for line in stdout:
                self.log_is_read.wait()
                with self._printed:
                    self.lines.append(line)
                    self._printed.notify_all()
                if line.startswith("{"):
                    self._events.put(json.loads(line))
        self._events.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            self.errors.extend(stderr)


def start_server(
    directory: Path, settings: Mapping[str, str], *options: str, through: Sequence[str] = ()
) -> Program:
    """`getme-server serve` on free ports, one worker, with the tests' secret.

    through: a command that becomes the one which follows it, such as `prlimit --nofile=64`.
    """
    defaults = {
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_WORKERS": "1",
        "GETME_SECRET_KEY": SECRET,
        "GETME_LOG_FORMAT": "json",
    }
    command = [*through, str(BIN / "getme-server"), "serve", *options]
    return Program(command, directory, defaults | dict(settings))


def start_gateway(
    directory: Path,
    upstream: str,
    settings: Mapping[str, str] = {},  # never changed
    *,
    through: Sequence[str] = (),
) -> Program:
    """`getme-gateway serve` on free ports in front of a server. through: as above."""
    defaults = {
        "GETME_GATEWAY_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_UPSTREAM": upstream,
        "GETME_LOG_FORMAT": "json",
    }
    command = [*through, str(BIN / "getme-gateway"), "serve"]
    return Program(command, directory, defaults | dict(settings))


def run_command(
    command: list[str], directory: Path, settings: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, with all that it printed."""
    given = environment({"GETME_SECRET_KEY": SECRET} | dict(settings))
    # With PYTHONPATH it may import something else.
    if command[0] == ready_commands.PROGRAM and "PYTHONPATH" not in settings:
        return ready_commands.run_ready(command, directory, given, seconds=COMMAND_SECONDS)
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=directory,
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
        stdin=subprocess.DEVNULL,
    )
