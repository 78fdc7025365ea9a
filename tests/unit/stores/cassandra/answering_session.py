"""A double of the driver's session that answers in turn; all above it is real."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from cassandra.metadata import NetworkTopologyStrategy

from getme_server.stores.availability import Availability
from getme_server.stores.cassandra import connection
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.location import CassandraLocation, CassandraLogin

FIRST_NODE = "first"
LOCATION = CassandraLocation(("host",), 9042, "killrvideo", "dc1", "LOCAL_QUORUM", {})


class Future:
    def __init__(self, answer: Any, node: Any) -> None:
        self._answer = answer
        self.attempted_hosts = [node or FIRST_NODE]

    def add_callbacks(self, has_rows: Any, has_failed: Any) -> None:
        if self._answer is not None:
            (has_failed if isinstance(self._answer, Exception) else has_rows)(self._answer)


@dataclass
class Prepared:
    """Stands for a prepared statement and, with values, for a bound one."""

    cql: str
    values: Sequence[Any] = ()
    consistency_level: int | None = None
    serial_consistency_level: int | None = None

    def bind(self, values: Sequence[Any]) -> "Prepared":
        return Prepared(self.cql, values, self.consistency_level, self.serial_consistency_level)

    @property
    def kind(self) -> str:
        """What it does to which table."""
        table = self.cql.partition("killrvideo.")[2].split()[0]
        return f"{self.cql.split()[0]} {table}"


@dataclass
class AnsweringSession:
    """answers: rows, an error, or None for no answer at all; in the order of the questions."""

    answers: list[Any]
    asked: list[Prepared] = field(default_factory=list)
    cluster: Any = None
    other_nodes: Sequence[str] = ()
    nodes: list[Any] = field(default_factory=list)
    _pools: dict[Any, Any] = field(default_factory=dict)  # no connection to go straight to

    def __post_init__(self) -> None:
        strategy = NetworkTopologyStrategy({"dc1": "3", "dc2": "3"})
        keyspaces = {"killrvideo": SimpleNamespace(replication_strategy=strategy)}
        self.cluster = SimpleNamespace(metadata=SimpleNamespace(keyspaces=keyspaces))

    def prepare(self, cql: str) -> Prepared:
        return Prepared(cql)

    def execute_async(self, statement: Prepared, **options: Any) -> Future:
        self.asked.append(statement)
        self.nodes.append(options.get("host"))
        return Future(self.answers.pop(0), options.get("host"))

    def get_execution_profile(self, _name: Any) -> Any:
        plan = [FIRST_NODE, *self.other_nodes]
        policy = SimpleNamespace(make_query_plan=lambda *_: iter(plan))
        return SimpleNamespace(load_balancing_policy=policy)


def connection_over(
    monkeypatch: pytest.MonkeyPatch,
    session: AnsweringSession,
    statements: Sequence[Statement],
    *,
    speculative_delay_seconds: float = 0,
) -> CassandraConnection:
    """A connection whose session is this double."""
    monkeypatch.setattr(connection, "connect", lambda *_: session)
    made = CassandraConnection(
        LOCATION,
        CassandraLogin(None, None),
        statements,
        Availability(time.monotonic),
        speculative_delay_seconds=speculative_delay_seconds,
    )
    made.connect()
    return made
