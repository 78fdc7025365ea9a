"""Acknowledged writes are seen by every later read; the keyspaces are what the driver reports."""

from types import SimpleNamespace
from typing import Any

import pytest
from cassandra import ConsistencyLevel
from cassandra.metadata import NetworkTopologyStrategy, SimpleStrategy

from getme_server.stores.cassandra import consistency
from getme_server.stores.location import CassandraLocation, read_location

IN_EACH = NetworkTopologyStrategy({"dc1": "3", "dc2": "3"})
ANYWHERE = SimpleStrategy({"replication_factor": "3"})


def location_of(url: str) -> CassandraLocation:
    location = read_location(url)
    assert isinstance(location, CassandraLocation)
    return location


@pytest.mark.parametrize(
    ("named", "used"),
    [
        ("ONE", "LOCAL_QUORUM"),
        ("TWO", "LOCAL_QUORUM"),
        ("THREE", "LOCAL_QUORUM"),
        ("LOCAL_ONE", "LOCAL_QUORUM"),
        ("LOCAL_QUORUM", "LOCAL_QUORUM"),
        ("QUORUM", "QUORUM"),
        ("EACH_QUORUM", "EACH_QUORUM"),
        ("ALL", "ALL"),
    ],
)
def test_reads_are_never_weaker_than_a_local_quorum(named: str, used: str) -> None:
    location = location_of(f"cassandra://host/killrvideo?consistency={named}")
    assert consistency.of_reads(location) == ConsistencyLevel.name_to_value[used]


@pytest.mark.parametrize(
    ("strategy", "used"),
    [(IN_EACH, "EACH_QUORUM"), (ANYWHERE, "QUORUM"), (None, "QUORUM")],
    ids=["in each data centre", "without regard to them", "keyspace that is not there"],
)
def test_writes_reach_a_majority_where_reads_may_ask(strategy: Any, used: str) -> None:
    keyspace: Any = SimpleNamespace(replication_strategy=strategy) if strategy else None
    assert consistency.of_writes(keyspace) == ConsistencyLevel.name_to_value[used]
