"""The databases of a run: a real Cassandra and an SQLite file, with the same users in both."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.program import clean_environment
from getme_server.accounts.account import Account
from getme_server.stores.location import CassandraLogin, read_location
from getme_server.stores.opening import open_import_store
from tests.servers.cassandra import start_cassandra

KEYSPACE = "killrvideo"


@dataclass(frozen=True)
class Databases:
    """Where they are. cassandra, sqlite: as in the setting GETME_STORE."""

    cassandra: str
    cassandra_port: int
    sqlite: str


def filled_sqlite(directory: Path, people: Iterable[Account]) -> str:
    """GETME_STORE of an SQLite file with people in it."""
    store = f"sqlite:///{directory}/getme.db"
    _fill(store, people)
    return store


@contextmanager
def filled_databases(directory: Path, people: Iterable[Account]) -> Iterator[Databases]:
    """Both databases with people in them, until the end of `with`.

    Cassandra runs on the cores of the thread that calls this, with Java's optimizing compiler.
    """
    people = list(people)
    node = start_cassandra(directory / "cassandra", fast_start=False, waits_for_disk=True)
    try:
        databases = Databases(
            cassandra=f"cassandra://{node.address}:{node.native_port}/{KEYSPACE}?local_dc=dc1",
            cassandra_port=node.native_port,
            sqlite=filled_sqlite(directory, people),
        )
        _fill(databases.cassandra, people)
        yield databases
    finally:
        node.stop()


def _fill(store: str, people: Iterable[Account]) -> None:
    subprocess.run(
        [sys.executable, "-m", "getme_server", "migrate"],
        env=clean_environment() | {"GETME_STORE": store},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with open_import_store(read_location(store), CassandraLogin(None, None)) as importing:
        importing.add_accounts(people)
