"""Whether the store answers, so that a call need not wait to learn that it does not.

A circuit breaker that only a background look closes again: pybreaker and its like let callers try,
and each of them would wait its whole patience for a store that is frozen.
"""

from collections.abc import Callable

from getme_server.accounts.errors import StoreUnavailable


class Availability:
    """What is known of a store's answers. clock: monotonic, seconds.

    A store counts as away once a look at it has failed and nobody else had an answer meanwhile:
    of a large cluster only some partitions may be without a quorum.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answered = float("-inf")
        self._away_since: float | None = None

    @property
    def is_available(self) -> bool:
        """Whether calls are worth their wait."""
        return self._away_since is None

    def require(self) -> None:
        """Raises StoreUnavailable at once while the store is away."""
        if self._away_since is not None:
            raise StoreUnavailable("it did not answer when it was looked at last")

    def answered(self) -> None:
        """A call had an answer."""
        self._answered = self._clock()

    def looked(self, *, answers: bool, begun: float) -> None:
        """A look at the store has ended. begun: when it was begun, on the same clock."""
        if answers:
            self._away_since = None
        elif self._away_since is None and self._answered < begun:
            self._away_since = begun

    def away_seconds(self) -> float:
        """For how long the store has been away, 0 while it answers."""
        since = self._away_since
        return 0 if since is None else self._clock() - since
