"""Writes that wait, so that a test can look at a program meanwhile."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_connection

from tests.scraping import samples
from tests.servers.programs import Program

_CONNECT_SECONDS = 5


@contextmanager
def locked(store: str) -> Iterator[None]:
    """Nothing can be written to an SQLite store meanwhile: who tries to waits."""
    database = sqlite3.connect(store.removeprefix("sqlite:///"), isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.rollback()
        database.close()


def under_way(server: Program, calls: int = 1) -> bool:
    """Whether as many calls of UpdateMe have begun."""
    return any(
        sample.name == "grpc_server_started_total"
        and sample.labels["grpc_method"] == "UpdateMe"
        and sample.value >= calls
        for sample in samples(server)
    )


def accepts(program: Program) -> bool:
    """Whether anybody can connect."""
    host, _, port = program.address.rpartition(":")
    try:
        create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
