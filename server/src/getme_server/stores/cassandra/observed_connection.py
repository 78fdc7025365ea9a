"""A connection whose requests are watched; the other one knows nothing of it."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from getme_server.deadline import Deadline
from getme_server.stores.cassandra.answer import Rows
from getme_server.stores.cassandra.connection import CassandraConnection
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.observer import Observer


class ObservedConnection(CassandraConnection):
    """Tells an observer of each request, however many nodes it is sent to."""

    def __init__(self, observer: Observer, *as_usual: Any, **options: Any) -> None:
        """as_usual, options: those of the connection."""
        super().__init__(*as_usual, **options)
        self._observer = observer

    def rows(
        self,
        statement: Statement,
        values: Sequence[Any],
        deadline: Deadline,
        *,
        level: int | None = None,
    ) -> Rows:
        """The first page of rows; raises as the other connection's does."""
        with self._observer.asking(statement.cql):
            return super().rows(statement, values, deadline, level=level)

    def rows_of_each(
        self, questions: Sequence[tuple[Statement, Sequence[Any]]], deadline: Deadline
    ) -> list[Rows]:
        """What rows answers for several; each kind of statement is told once, until all are in."""
        with ExitStack() as asking:
            for statement, times in Counter(statement for statement, _ in questions).items():
                asking.enter_context(self._observer.asking(statement.cql, times=times))
            return super().rows_of_each(questions, deadline)

    def batch(
        self, writes: Sequence[tuple[Statement, Sequence[Any]]], deadline: Deadline, *, level: int
    ) -> Rows:
        """Carries out writes as one, which are told by the first of them."""
        with self._observer.asking(writes[0][0].cql, times=len(writes)):
            return super().batch(writes, deadline, level=level)
