"""Starts the program that follows WatchInvalidations (`watchers`), and asks it what it was told."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from bench.load import LoadFailed
from bench.program import LOAD_CORE, clean_environment, pinned_to
from bench.starter import Service
from bench.watchers import READY

_END_SECONDS = 60


class Told(NamedTuple):
    """What one stream was told: moments of the monotonic clock by user ID, and those of gaps."""

    users: dict[str, float]
    gaps: list[float]

    def first(self, user_id: str, *, since: float) -> float | None:
        """When it was clear that a user had changed, if it was."""
        moments = [moment for moment in self.gaps if moment >= since]
        if user_id in self.users:
            moments.append(self.users[user_id])
        return min(moments, default=None)


class Watching:
    """A program that follows. told: of each stream, once it has ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.told: list[Told] = []

    def end_after(self, user_id: str, *, since: float) -> None:
        """Ends it once all streams know that a user has changed, at a moment or later.

        Raises LoadFailed if they do not, or if a stream had ended before.
        """
        self._end(f"{user_id} {since}")

    def end(self) -> None:
        """Ends it. Raises LoadFailed if a stream had ended before."""
        self._end("")

    def _end(self, last: str) -> None:
        output, errors = self._process.communicate(f"{last}\n", timeout=_END_SECONDS)
        if self._process.returncode != 0:
            raise LoadFailed(f"watchers: {errors}")
        streams = json.loads(output.splitlines()[-1])
        self.told = [Told(stream["told"], stream["gaps"]) for stream in streams]


@contextmanager
def watching(service: Service, number: int) -> Iterator[Watching]:
    """So many streams from one server, on the load's core. Raises LoadFailed."""
    command = [*pinned_to(LOAD_CORE), sys.executable, "-m", "bench.watchers"]
    process = subprocess.Popen(
        [*command, "--port", str(service.port), "--watchers", str(number)],
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != READY:
            raise LoadFailed(f"watchers: {process.communicate()[1]}")
        yield Watching(process)
    finally:
        process.kill()
        process.wait()
