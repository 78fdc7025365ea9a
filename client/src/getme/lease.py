"""What a follower of a log of changes knows, and until when memory may be used for answers.

Why no answer is stale for longer than a lease (the promise of docs/contract.md): say a change was
acknowledged at moment T. Its entry is in the log by then. The lease ends `seconds` after a moment
up to which the follower has been told everything. If that moment lies after T, the follower was
told of the change, and what is remembered of its user is void. If it lies before T, the lease ends
before T + seconds. No clock is read but the monotonic one of this process.
"""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

# Of how many users the last change is kept in mind, before all that is remembered is voided
# instead; about 2 MB.
MAX_CHANGED_USERS = 10_000

User = TypeVar("User", bound=Hashable)


class Lease(Generic[User]):
    """Written by the one thread that follows the log, and read by any without a lock.

    seconds: how long after a moment up to which all is known memory may be used.

    Who follows by two ways at once (a stream and the one that replaces it) may be told a position
    or a moment that lies before what is known: neither ever goes back.

    Readers take no lock. So each thing is written before what makes others rely on it: the floor
    before the changes that it stands for are forgotten, these before the position, and the
    position before the end of the lease.
    """

    def __init__(self, seconds: float, *, max_changed_users: int = MAX_CHANGED_USERS) -> None:
        self._seconds = seconds
        self._max_changed_users = max_changed_users
        self._floor = 0  # what was remembered before it is void
        self._changed: dict[User, int] = {}  # the position of each user's last change
        self.position = 0
        self.ends = float("-inf")

    def covers(self, user: User, position: int, *, at: float) -> bool:
        """Whether what was remembered of a user at a position in the log may be used now.

        at: the present moment on the monotonic clock, seconds.
        """
        return at < self.ends and self._changed.get(user, 0) <= position and position >= self._floor

    def changed(self, position: int, users: Iterable[User]) -> None:
        """These users have changed, and nobody else, up to a position in the log."""
        told = max(position, self.position)
        for user in users:
            if len(self._changed) >= self._max_changed_users and user not in self._changed:
                self._floor = told
                self._changed = {}
            self._changed[user] = told
        self.position = told

    def gap(self, position: int) -> None:
        """Anybody may have changed up to a position in the log: all that is remembered is void."""
        if position < self.position:
            # Told by one who is behind: what was remembered after it has missed nothing.
            self._floor = max(self._floor, position)
            return
        self._floor = position
        self._changed = {}
        self.position = position

    def renew(self, known_until: float) -> None:
        """All is known that was acknowledged up to a moment on the monotonic clock."""
        self.ends = max(self.ends, known_until + self._seconds)

    def end(self) -> None:
        """Nothing that was remembered may be used any more, unless it is renewed."""
        self.ends = float("-inf")

    def changed_since(self, position: int) -> list[User] | None:
        """Who has changed after a position in the log; None where that is not known any more."""
        changed = self._changed
        if position < self._floor or position > self.position:
            return None
        return [user for user, last in changed.copy().items() if last > position]
