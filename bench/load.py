"""Loads a subject from the other core, and tells what came of it.

gRPC: our own program `grpc_load`. REST: wrk, with `rest_load.lua`. At a fixed rate: `paced_load`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.people import TokenFiles
from bench.program import LOAD_CORE, SERVER_CORE, clean_environment, pinned_to, python_module
from bench.subjects import Protocol, Subject

CALLERS = 32
# More than any Python server of one core answers, so that new tokens last for a whole round.
_NEW_TOKENS_A_SECOND = 8_000
_EXTRA_SECONDS = 60
_ONCE_SECONDS = 600.0
_SCRIPT = Path(__file__).with_name("rest_load.lua")


class LoadFailed(Exception):
    """A load could not run, or an answer was not the right one."""


@dataclass(frozen=True)
class LoadResult:
    """calls: good answers. refused: all others. seconds: how long it took. Latencies: of calls."""

    calls: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float


def require_tools() -> None:
    """Raises LoadFailed where something is missing that a package of Debian has."""
    for tool, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(tool) is None:
            raise LoadFailed(f"{tool} is missing; install it: apt-get install {package}")


def keep_to_the_load_s_core() -> None:
    """What this process starts without another core stays on this one, Cassandra included.

    Raises LoadFailed where there are no two cores.
    """
    cores = os.sched_getaffinity(0)
    if not {SERVER_CORE, LOAD_CORE} <= cores:
        raise LoadFailed(f"needs cores {SERVER_CORE} and {LOAD_CORE}, has {sorted(cores)}")
    os.sched_setaffinity(0, {LOAD_CORE})


def load(subject: Subject, tokens: TokenFiles, seconds: float) -> LoadResult:
    """Calls a subject for a number of seconds, CALLERS at once. Raises LoadFailed."""
    if subject.new_tokens:
        path = tokens.new(int(_NEW_TOKENS_A_SECOND * seconds))
    else:
        path = tokens.remembered()
    command = (
        _grpc(subject, path, seconds, CALLERS)
        if subject.protocol is Protocol.GRPC
        else _rest(subject, seconds)
    )
    return _all_good(subject, *_run(subject, command, path, seconds))


def load_once(subject: Subject, tokens: TokenFiles) -> LoadResult:
    """Calls over gRPC with each token once, however long it takes. Raises LoadFailed."""
    path = tokens.remembered()
    command = [*_grpc(subject, path, _ONCE_SECONDS, CALLERS), "--once"]
    return _all_good(subject, *_run(subject, command, path, _ONCE_SECONDS))


def crowded_load(
    subject: Subject, tokens: TokenFiles, seconds: float, *, callers: int
) -> LoadResult:
    """The same over gRPC with so many at once, of whom some may be refused. Raises LoadFailed."""
    path = tokens.remembered()
    result, _ = _run(subject, _grpc(subject, path, seconds, callers), path, seconds)
    return result


def paced_load(subject: Subject, tokens: TokenFiles, seconds: float, *, rate: float) -> LoadResult:
    """Calls at a fixed rate a second, of which some may be refused. Raises LoadFailed."""
    path = tokens.remembered()
    command = python_module("bench.paced_load", "--protocol", subject.protocol.name.lower())
    command += ["--port", str(subject.port), "--tokens", str(path)]
    command += ["--seconds", str(seconds), "--rate", str(rate), *_expected(subject)]
    result, _ = _run(subject, command, path, seconds)
    return result


def _all_good(subject: Subject, result: LoadResult, why: str) -> LoadResult:
    if result.refused:
        raise LoadFailed(
            f"{subject.name}: {result.refused} of {result.calls + result.refused} calls"
            f" were not answered as they should: {why}"
        )
    return result


def _run(
    subject: Subject, command: Sequence[str], tokens: Path, seconds: float
) -> tuple[LoadResult, str]:
    """What came of it, and what was wrong with the first answer that was not good."""
    finished = subprocess.run(
        [*pinned_to(LOAD_CORE), *command],
        env=clean_environment() | {"TOKENS_FILE": str(tokens)},
        capture_output=True,
        text=True,
        timeout=seconds + _EXTRA_SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise LoadFailed(f"{subject.name}: {finished.stderr or finished.stdout}")
    answer = json.loads(finished.stdout.splitlines()[-1])
    if not answer["calls"]:
        raise LoadFailed(f"{subject.name}: no good answer: {answer['first_failure']}")
    result = LoadResult(
        answer["calls"], answer["failures"], answer["seconds"], answer["p50_ms"], answer["p99_ms"]
    )
    return result, answer["first_failure"]


def _grpc(subject: Subject, tokens: Path, seconds: float, callers: int) -> list[str]:
    command = python_module("bench.grpc_load", "--port", str(subject.port))
    command += ["--tokens", str(tokens), "--seconds", str(seconds), "--callers", str(callers)]
    command += _expected(subject)
    if subject.new_tokens:
        command.append("--once")
    return command


def _expected(subject: Subject) -> list[str]:
    return [] if subject.constant_user is None else ["--expect", subject.constant_user]


def _rest(subject: Subject, seconds: float) -> list[str]:
    # wrk takes whole seconds.
    duration = f"{max(1, round(seconds))}s"
    address = f"http://127.0.0.1:{subject.port}"
    return ["wrk", "-t1", f"-c{CALLERS}", "-d", duration, "-s", str(_SCRIPT), address]
