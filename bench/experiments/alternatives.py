"""Starts the other ways to serve cached GetMe, each as a subject of the benchmark.

pyvoy is fetched from PyPI into a venv of its own (`.tools/pyvoy`): it wants another version of
Envoy than the tests do.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from bench.people import TokenFiles
from bench.program import free_port, python_module, start
from bench.subjects import Protocol, Subject, grpc_answer
from getme_server.accounts.account import Account

_ROOT = Path(__file__).resolve().parents[2]
_VENV = _ROOT / ".tools" / "pyvoy"
_PYVOY = "pyvoy==1.3.0"
_APPLICATIONS = "bench.experiments.cached_get_me"
_ANSWER_SECONDS = 3_600
REASONS = ("TOKEN_MISSING", "TOKEN_INVALID")


def install_pyvoy() -> None:
    """Makes the venv. Raises CalledProcessError."""
    if not (_VENV / "bin" / "pyvoy").exists():
        uv = python_module("uv")
        subprocess.run([*uv, "venv", "--python", sys.executable, str(_VENV)], check=True)
        install = [*uv, "pip", "install", "--python", str(_VENV), _PYVOY]
        subprocess.run(install, check=True)


class Alternatives:
    """Starts programs and ends them with the stack. directory: for their logs and files."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack

    def pyvoy(self, name: str, application: str, data: Path) -> Subject:
        """An application of `cached_get_me` inside Envoy. data: from `write_data`."""
        port = free_port()
        command = [str(_VENV / "bin" / "pyvoy"), f"{_APPLICATIONS}:{application}"]
        command += ["--port", str(port)]
        environment = {"DATA_FILE": str(data), "PYTHONPATH": str(_ROOT)}
        return self._started(name, command, environment, port)

    def write_data(self, people: Sequence[Account], tokens: TokenFiles) -> Path:
        """What `cached_get_me` remembers: each person's answer, by the token."""
        answers = [
            (token, grpc_answer(person).hex(), _ANSWER_SECONDS)
            for person, (_, token) in zip(people, tokens.pairs(), strict=True)
        ]
        refusals = {reason: _details(reason) for reason in REASONS}
        path = self._directory / "remembered.json"
        path.write_text(json.dumps({"answers": answers, "refusals": refusals}), "utf-8")
        return path

    def _started(
        self, name: str, command: Sequence[str], environment: dict[str, str], port: int
    ) -> Subject:
        program = start(Path(command[0]).name, command, environment, self._directory)
        self._stack.callback(program.stop)
        program.wait_until_it_listens(port)
        return Subject(name, Protocol.GRPC, port, {"server": program})


def _details(reason: str) -> str:
    code, _ = grpc.StatusCode.UNAUTHENTICATED.value
    status = Status(code=code)
    status.details.add().Pack(ErrorInfo(reason=reason, domain="getme"))
    return base64.b64encode(status.SerializeToString()).rstrip(b"=").decode("ascii")
