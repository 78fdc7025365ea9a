"""Whether the store answers, so that a call need not wait to learn that it does not.

A circuit breaker that only a background look closes again: pybreaker and its like let callers try,
and each of them would wait its whole patience for a store that is frozen.
"""

from collections.abc import Callable

from getme_server.accounts.errors import StoreUnavailable


class Availability:
    """What is known of a store's answers. clock: monotonic, seconds.

    A look that fails counts only if calls that asked the same had no answer meanwhile: of a large
    cluster only some partitions may be without a quorum.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answered: dict[object, float] = {}
        self._away_since: float | None = None

    @property
    def is_available(self) -> bool:
        """Whether calls are worth their wait."""
        return self._away_since is None

    def require(self) -> None:
        """Raises StoreUnavailable at once while the store is away."""
        if self._away_since is not None:
            raise StoreUnavailable("it did not answer when it was looked at last")

    def moment(self) -> float:
        """Now, on the clock of this object."""
        return self._clock()

    def answered(self, question: object) -> None:
        """A call had an answer. question: what it asked, whichever key it named."""
        self._answered[question] = self._clock()

    def was_answered(self, question: object, *, since: float) -> bool:
        """Whether a call that asked this had an answer since a moment, on the same clock."""
        return self._answered.get(question, since) > since

    def looked(self, *, answers: bool, begun: float) -> None:
        """A look at the store has ended. begun: when it was begun, on the same clock."""
        if answers:
            self._away_since = None
        elif self._away_since is None:
            self._away_since = begun

    def away_seconds(self) -> float:
        """For how long the store has been away, 0 while it answers."""
        since = self._away_since
        return 0 if since is None else self._clock() - since
