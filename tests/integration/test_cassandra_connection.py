"""The way to a cluster: found again under new addresses, and never cut while it answers."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.deadline import Deadline
from getme_server.stores.location import read_location
from getme_server.stores.opening import Stores, migrate, open_import_store, open_stores
from getme_server.stores.watch import StoreWatch
from tests.conftest import NO_LOGIN
from tests.people import ADA, NOBODY, PEOPLE
from tests.servers.cassandra import CassandraNode, start_cassandra

NAME = "cassandra.invalid"  # no resolver knows it: only this module
SECONDS = 5
BACK_SECONDS = 20.0

Resolve = Callable[[str], None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Sets the address that NAME has, as a resolver of pods would."""
    asked = socket.getaddrinfo

    def to(address: str) -> None:
        def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
            return asked(address if host == NAME else host, *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return to


@pytest.fixture
def node(tmp_path: Path) -> Iterator[CassandraNode]:
    node = start_cassandra(tmp_path / "node", address="127.0.0.5")
    yield node
    node.stop()


def url_of(node: CassandraNode) -> str:
    return f"cassandra://{NAME}:{node.native_port}/killrvideo?local_dc=dc1"


def fill(node: CassandraNode) -> None:
    migrate(read_location(url_of(node)), NO_LOGIN)
    with open_import_store(read_location(url_of(node)), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)


def until_answered(stores: Stores, seconds: float) -> None:
    """Raises StoreUnavailable if it does not answer in time."""
    ends = time.monotonic() + seconds
    while True:
        try:
            assert stores.accounts.account(ADA.user_id, Deadline(SECONDS)) == ADA
        except StoreUnavailable:
            if time.monotonic() > ends:
                raise
        else:
            return


def test_a_cluster_that_comes_back_under_another_address_is_found_by_its_name(
    tmp_path: Path, node: CassandraNode, resolve: Resolve
) -> None:
    resolve("127.0.0.5")
    fill(node)
    stores = open_stores(read_location(url_of(node)), NO_LOGIN)
    watch = StoreWatch(stores.accounts, stores.availability, lambda _: None)
    watch.start()
    try:
        until_answered(stores, 0)
        node.stop()
        with pytest.raises(StoreUnavailable):
            stores.accounts.account(ADA.user_id, Deadline(SECONDS))
        moved = start_cassandra(
            tmp_path / "moved", address="127.0.0.6", native_port=node.native_port
        )
        try:
            resolve("127.0.0.6")
            fill(moved)
            until_answered(stores, BACK_SECONDS)
        finally:
            moved.stop()
    finally:
        watch.stop()
        stores.close()


def test_stores_that_may_be_away_answer_once_the_cluster_and_its_tables_are_there(
    node: CassandraNode, resolve: Resolve
) -> None:
    resolve("127.0.0.7")  # nobody listens there
    stores = open_stores(read_location(url_of(node)), NO_LOGIN, may_be_away=True)
    watch = StoreWatch(stores.accounts, stores.availability, lambda _: None)
    watch.start()
    try:
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            stores.accounts.account(NOBODY, Deadline(SECONDS))
        assert time.monotonic() - begun < 1
        resolve("127.0.0.5")
        fill(node)
        until_answered(stores, BACK_SECONDS)
        with pytest.raises(UserNotFound):
            stores.accounts.account(NOBODY, Deadline(SECONDS))
    finally:
        watch.stop()
        stores.close()
