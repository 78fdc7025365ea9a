"""Finds the answers that nobody should have had: those that were stale for longer than a second.

An answer is right if it is that of some version of its user, such that
- no later version had been acknowledged more than LIMIT_SECONDS before the call began,
- no later version had been acknowledged to the same client before the call began,
- and the change that made the version had been asked for before the call ended.
What is measured errs on the side of the program: a call begins later than is written down here,
and a change is acknowledged earlier.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from tests.faults.freshness.history import NOT_YET, UNANSWERED, Call, Version

LIMIT_SECONDS = 1.0


class Kind(StrEnum):
    """What is wrong with an answer."""

    STALE = "stale for longer than a second"
    OWN = "older than the client's own change"
    WRONG = "that of no version until then"


class Violation(NamedTuple):
    """An answer that is wrong. stale_seconds: how long it had been so, as in Report."""

    kind: Kind
    call: Call
    stale_seconds: float
    due: tuple[Version, ...]

    def __str__(self) -> str:
        versions = ", ".join(
            f"{version.change} via {version.via or 'nobody'}"
            f" {self.call.begun - version.acknowledged:.3f} s before"
            f" (asked {self.call.begun - version.begun:.3f} s before):"
            f" {version.state.answer(self.call.token)}"
            for version in self.due
        )
        took = self.call.ended - self.call.begun
        return (
            f"{self.kind}: {self.call.client}, token {self.call.token} of {self.call.user}:"
            f" {self.call.answer!r} in {took:.3f} s, stale by {self.stale_seconds:.3f} s;"
            f" right: {versions}"
        )


class Report(NamedTuple):
    """What a scene came to.

    failed: the calls that were not answered. stale_seconds: for each client, the longest time from
    an acknowledgement to the beginning of a call that was answered with the version before.
    """

    answered: int
    failed: tuple[Call, ...]
    changes: Counter[str]
    unsettled: int
    violations: tuple[Violation, ...]
    stale_seconds: Mapping[str, float]

    @property
    def stalest(self) -> float:
        """The greatest of stale_seconds."""
        return max(self.stale_seconds.values(), default=0.0)

    def failed_of(self, *clients: str) -> list[Call]:
        """The calls of these clients that were not answered."""
        return [call for call in self.failed if call.client in clients]

    def failed_after(self, moment: float) -> list[Call]:
        """The calls that began after a moment and were not answered."""
        return [call for call in self.failed if call.begun > moment]

    def __str__(self) -> str:
        failures = Counter(call.answer for call in self.failed)
        failed = ", ".join(f"{count} {reason}" for reason, count in failures.items())
        return (
            f"{self.answered:>6} answers, {self.changes.total():>4} changes"
            f" ({self.unsettled} unsettled), stalest {self.stalest:.3f} s,"
            f" {len(self.violations)} violations, failed: {failed or 'none'}"
        )


def check(histories: Mapping[str, Sequence[Version]], calls: Iterable[Call]) -> Report:
    """Looks at each call. histories: of each user, in the order in which they were made."""
    violations, failed = [], []
    stale_seconds: dict[str, float] = {}
    answered = 0
    for call in calls:
        if call.answer in UNANSWERED:
            failed.append(call)
            continue
        answered += 1
        history = histories[call.user]
        stale = _stale_seconds(history, call)
        stale_seconds[call.client] = max(stale, stale_seconds.get(call.client, 0.0))
        violation = _violation(history, call, stale)
        if violation is not None:
            violations.append(violation)
    made = [version for history in histories.values() for version in history[1:]]
    return Report(
        answered,
        tuple(failed),
        Counter(version.change for version in made),
        sum(version.acknowledged == NOT_YET for version in made),
        tuple(violations),
        stale_seconds,
    )


def _violation(history: Sequence[Version], call: Call, stale: float) -> Violation | None:
    end = _asked_for(history, call)
    oldest = _acknowledged(history, call.begun - LIMIT_SECONDS)
    of_own = max(oldest, _acknowledged_to_client(history, call))
    due = history[of_own:end]
    if any(version.state.answer(call.token) == call.answer for version in due):
        return None
    kind = Kind.STALE
    if any(version.state.answer(call.token) == call.answer for version in history[oldest:end]):
        kind = Kind.OWN
    elif not any(version.state.answer(call.token) == call.answer for version in history[:end]):
        kind = Kind.WRONG
    return Violation(kind, call, stale, tuple(due))


def _asked_for(history: Sequence[Version], call: Call) -> int:
    """How many versions, from the first on, had been asked for when the call ended."""
    return bisect_left(history, call.ended, key=lambda version: version.begun)


def _acknowledged(history: Sequence[Version], moment: float) -> int:
    """The last version that had been acknowledged before a moment; the first one always had."""
    return max(0, bisect_left(history, moment, key=lambda version: version.acknowledged) - 1)


def _acknowledged_to_client(history: Sequence[Version], call: Call) -> int:
    last = _acknowledged(history, call.begun)
    return next((i for i in range(last, 0, -1) if history[i].via == call.client), 0)


def _stale_seconds(history: Sequence[Version], call: Call) -> float:
    """How long a later version had been acknowledged already; 0 where none had, or for nonsense."""
    for i in range(_asked_for(history, call) - 1, -1, -1):
        if history[i].state.answer(call.token) == call.answer:
            later = history[i + 1].acknowledged if i + 1 < len(history) else call.begun
            return max(0.0, call.begun - later)
    return 0.0
