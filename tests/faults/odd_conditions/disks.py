"""Places for a database that can get full, without harm to the machine's own disk."""

import resource
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.accounts import CHEAP_ACCOUNTS
from tests.faults.odd_conditions.conftest import store_with_people
from tests.servers.own_mounts import seeing
from tests.servers.programs import Program, start_server

_SETTINGS = CHEAP_ACCOUNTS | {"GETME_CACHE_TTL": "0"}  # each call reads the store
_SIZE = "2m"


class Disk(ABC):
    """Where a server has its database."""

    def __init__(self, server: Program, database: Path) -> None:
        self.server = server
        self.database = database

    @abstractmethod
    def fill(self) -> None:
        """Nothing more can be written."""

    @abstractmethod
    def clear(self) -> None:
        """It can again."""


class SmallFileSystem(Disk):
    """One in memory that only the server sees; we fill it through the server's eyes."""

    @classmethod
    @contextmanager
    def with_server(cls, directory: Path) -> Iterator[Disk]:
        """As `lacking` where nobody may mount: the other disk can be had anywhere."""
        mounted = directory / "small"
        mounted.mkdir()
        mount = f'mount -t tmpfs -o size={_SIZE} tmpfs "{mounted}"'
        through = seeing(mount, before=[f'cp "{directory}/people.db" "{mounted}"'])
        store_with_people(directory / "people.db")
        settings = _SETTINGS | {"GETME_STORE": f"sqlite:///{mounted / 'people.db'}"}
        with start_server(directory, settings, through=through) as server:
            seen = Path(f"/proc/{server.process.pid}/root", *mounted.parts[1:])
            yield cls(server, seen / "people.db")

    def fill(self) -> None:
        with (self.database.parent / "filling").open("wb", buffering=0) as filling:
            try:
                while filling.write(bytes(4_096)):
                    pass
            except OSError:
                return

    def clear(self) -> None:
        (self.database.parent / "filling").unlink()


class ForbiddenGrowth(Disk):
    """The machine's own, of which the server may write no byte more (RLIMIT_FSIZE)."""

    @classmethod
    @contextmanager
    def with_server(cls, directory: Path) -> Iterator[Disk]:
        database = directory / "people.db"
        settings = _SETTINGS | {"GETME_STORE": store_with_people(database)}
        with start_server(directory, settings) as server:
            yield cls(server, database)

    def fill(self) -> None:
        self._allow(0)

    def clear(self) -> None:
        self._allow(resource.RLIM_INFINITY)

    def _allow(self, size: int) -> None:
        process = psutil.Process(self.server.process.pid)
        process.rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


DISKS = (SmallFileSystem, ForbiddenGrowth)
