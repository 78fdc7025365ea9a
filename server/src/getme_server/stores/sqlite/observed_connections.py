"""Connections whose requests are watched; the others know nothing of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from getme_server.deadline import Deadline
from getme_server.stores.availability import Availability
from getme_server.stores.location import SqliteLocation
from getme_server.stores.observer import Observer
from getme_server.stores.sqlite.connections import Connections, Statement


class ObservedConnections(Connections):
    """Tells an observer of each query and each transaction."""

    def __init__(
        self, observer: Observer, location: SqliteLocation, availability: Availability
    ) -> None:
        super().__init__(location, availability)
        self._observer = observer

    def rows_even_if_away(
        self, sql: str, parameters: Sequence[Any], deadline: Deadline
    ) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StoreUnavailable."""
        with self._observer.asking(sql):
            return super().rows_even_if_away(sql, parameters, deadline)

    def write(self, statements: Iterable[Statement], deadline: Deadline) -> list[int]:
        """Carries out a transaction, which is told by its first statement."""
        all_of_them = list(statements)
        sql, _ = all_of_them[0]
        with self._observer.asking(sql, times=len(all_of_them)):
            return super().write(all_of_them, deadline)
