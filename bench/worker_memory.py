"""How much memory one worker of a server holds: with empty memory, and with 100,000 users in it.

They are called for over gRPC, each by a token of its own, so that all is there that a call leaves:
the user, the answer, and the verified token.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bench.databases import Databases, filled_sqlite
from bench.load import load_once
from bench.people import TokenFiles, accounts
from bench.starter import Starter
from bench.subjects import Protocol, Subject

DEFAULT_USERS = 100_000
# MiB: more than they take, and for longer than they are counted.
_ROOM = {"GETME_CACHE_MEMORY": "512", "GETME_CACHE_TTL": "1h"}
_LIMITED = {"GETME_CACHE_TTL": "1h"}


class WorkerMemory(NamedTuple):
    """Resident memory of a server with one worker, supervisor included, in MiB.

    title: which bounds its memory has. users: how many were called for.
    """

    title: str
    users: int
    empty_mib: float
    filled_mib: float


def measure_worker_memory(databases: Databases, users: int) -> list[WorkerMemory]:
    """A row with room for all of them, and one with the default bounds. Raises LoadFailed.

    On an SQLite file of their own.
    """
    people = accounts(users)
    with tempfile.TemporaryDirectory(prefix="getme-memory-") as name:
        directory = Path(name)
        databases = replace(databases, sqlite=filled_sqlite(directory, people))
        tokens = TokenFiles(directory, people)
        rows = []
        for title, settings in (("room for all", _ROOM), ("default bounds", _LIMITED)):
            with ExitStack() as stack:
                service = Starter(databases, directory, stack).server_on_sqlite(settings)
                empty = service.program.resident_mib()
                subject = Subject(title, Protocol.GRPC, service.port, {"server": service.program})
                load_once(subject, tokens)
                filled = service.program.resident_mib()
                rows.append(WorkerMemory(title, users, empty, filled))
        return rows
