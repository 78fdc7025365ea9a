"""Loads a subject from the other core, and tells what came of it.

gRPC: our own program `grpc_load`. REST: wrk, with `rest_load.lua`.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.people import TokenFiles
from bench.program import LOAD_CORE, clean_environment, pinned_to
from bench.subjects import Protocol, Subject

CALLERS = 32
# More than any Python server of one core answers, so that new tokens last for a whole round.
_NEW_TOKENS_A_SECOND = 8_000
_EXTRA_SECONDS = 60
_SCRIPT = Path(__file__).with_name("rest_load.lua")


class LoadFailed(Exception):
    """A load could not run, or an answer was not the right one."""


@dataclass(frozen=True)
class LoadResult:
    """calls: good answers. seconds: how long it took. Latencies in milliseconds."""

    calls: int
    seconds: float
    p50_ms: float
    p99_ms: float


def require_tools() -> None:
    """Raises LoadFailed where something is missing that a package of Debian has."""
    for tool, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(tool) is None:
            raise LoadFailed(f"{tool} is missing; install it: apt-get install {package}")


def load(subject: Subject, tokens: TokenFiles, seconds: float) -> LoadResult:
    """Calls a subject for a number of seconds, CALLERS at once. Raises LoadFailed."""
    if subject.new_tokens:
        path = tokens.new(int(_NEW_TOKENS_A_SECOND * seconds))
    else:
        path = tokens.remembered()
    command = (
        _grpc(subject, path, seconds)
        if subject.protocol is Protocol.GRPC
        else _rest(subject, seconds)
    )
    finished = subprocess.run(
        [*pinned_to(LOAD_CORE), *command],
        env=clean_environment() | {"TOKENS_FILE": str(path)},
        capture_output=True,
        text=True,
        timeout=seconds + _EXTRA_SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise LoadFailed(f"{subject.name}: {finished.stderr or finished.stdout}")
    return _result(subject, finished.stdout)


def _grpc(subject: Subject, tokens: Path, seconds: float) -> list[str]:
    command = [sys.executable, "-m", "bench.grpc_load", "--port", str(subject.port)]
    command += ["--tokens", str(tokens), "--seconds", str(seconds), "--callers", str(CALLERS)]
    if subject.constant_user is not None:
        command += ["--expect", subject.constant_user]
    if subject.new_tokens:
        command.append("--once")
    return command


def _rest(subject: Subject, seconds: float) -> list[str]:
    # wrk takes whole seconds.
    duration = f"{max(1, round(seconds))}s"
    address = f"http://127.0.0.1:{subject.port}"
    return ["wrk", "-t1", f"-c{CALLERS}", "-d", duration, "-s", str(_SCRIPT), address]


def _result(subject: Subject, output: str) -> LoadResult:
    answer = json.loads(output.splitlines()[-1])
    if answer["failures"] or not answer["calls"]:
        raise LoadFailed(
            f"{subject.name}: {answer['failures']} of {answer['calls'] + answer['failures']} calls"
            f" were not answered as they should: {answer['first_failure']}"
        )
    return LoadResult(answer["calls"], answer["seconds"], answer["p50_ms"], answer["p99_ms"])
