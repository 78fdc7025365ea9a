"""How long our programs take from the start of the process until they have answered GetMe.

With the bytecode that Python keeps beside modules, and with none, as in the first start after an
installation that compiled nothing.
"""

import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import grpc

from bench.databases import Databases
from bench.measure import Spread
from bench.people import TokenFiles
from bench.rest_request import get_me
from bench.starter import Starter
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub

_TIMEOUT_SECONDS = 30


class StartTime(NamedTuple):
    """Seconds of each program, with bytecode or without any."""

    title: str
    server: Spread
    gateway: Spread


class _Start(NamedTuple):
    server: float
    gateway: float


def measure_starts(
    databases: Databases, directory: Path, tokens: TokenFiles, *, rounds: int
) -> list[StartTime]:
    """A row with bytecode and one without. The server is on SQLite. directory: for logs."""
    _, token = tokens.first()
    with_bytecode, without = [], []
    _start(databases, directory, token, {})  # which writes the bytecode, if any is missing
    for _ in range(rounds):
        with_bytecode.append(_start(databases, directory, token, {}))
        with tempfile.TemporaryDirectory(prefix="getme-bytecode-") as empty:
            # Two programs that share modules: what one of them compiles the other must not find.
            nowhere = {"PYTHONPYCACHEPREFIX": empty, "PYTHONDONTWRITEBYTECODE": "1"}
            without.append(_start(databases, directory, token, nowhere))
    return [_row("as usual", with_bytecode), _row("without bytecode", without)]


def _row(title: str, starts: list[_Start]) -> StartTime:
    return StartTime(
        title, Spread.of([one.server for one in starts]), Spread.of([one.gateway for one in starts])
    )


def _start(
    databases: Databases, directory: Path, token: str, environment: Mapping[str, str]
) -> _Start:
    with ExitStack() as stack:
        starter = Starter(databases, directory, stack)
        begun = time.monotonic()
        server = starter.server_on_sqlite(environment)
        channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{server.port}"))
        metadata = (("authorization", f"Bearer {token}"),)
        UserServiceStub(channel).GetMe(GetMeRequest(), metadata=metadata, timeout=_TIMEOUT_SECONDS)
        between = time.monotonic()
        gateway = starter.gateway_before(server, environment)
        get_me(gateway.port, token)
        return _Start(between - begun, time.monotonic() - between)
