"""How long a caller still waits: bounds every wait behind a call."""

import time
from collections.abc import Callable
from typing import Protocol


class CallLifetime(Protocol):
    """The part of grpc.ServicerContext that tells how long a call lives."""

    def time_remaining(self) -> float | None:
        """Seconds until the caller's deadline, None where it set none."""
        ...

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Calls back when the call ends. False: it has ended already."""
        ...


class Deadline:
    """The moment, on this machine's monotonic clock, when an answer is of no use any more.

    seconds: from now. lifetime: the call that waits, if one does. is_callers: the caller has set
    it, and not a limit of ours.
    """

    __slots__ = ("_ends", "_lifetime", "_seconds", "is_callers")

    def __init__(
        self, seconds: float, lifetime: CallLifetime | None = None, *, is_callers: bool = False
    ) -> None:
        self._seconds = seconds
        self._ends = time.monotonic() + seconds
        self._lifetime = lifetime
        self.is_callers = is_callers

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())

    def again(self) -> "Deadline":
        """As long from now as this one was from its beginning, within the caller's own.

        For what follows a wait that was not for the store, such as that for a password's hash.
        """
        if self._lifetime is None:
            return Deadline(self._seconds)
        return of_call(self._lifetime, at_most_seconds=self._seconds)

    def detached(self) -> "Deadline":
        """As long from now, whatever the caller does: for what must not be left half done."""
        return Deadline(self._seconds)

    def when_abandoned(self, callback: Callable[[], None]) -> bool:
        """Calls back once the call ends, for whatever reason. False: it has ended already."""
        return self._lifetime is None or self._lifetime.add_callback(callback)


def of_call(lifetime: CallLifetime, *, at_most_seconds: float) -> Deadline:
    """The deadline of a call, or at_most_seconds from now if that comes first."""
    remaining = lifetime.time_remaining()
    if remaining is not None and remaining < at_most_seconds:
        return Deadline(remaining, lifetime, is_callers=True)
    return Deadline(at_most_seconds, lifetime)
