"""Revocations in memory: what a store and a feed promise, and how often the store was asked."""

import math
from collections.abc import Sequence
from uuid import UUID

from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import Change
from getme_server.deadline import Deadline
from getme_server.tokens.revocation import Revoked


class Ledger:
    """A RevocationStore and the ChangeNews of one process.

    What is revoked is news to the feed only after `catch_up`. lease_ends: the monotonic moment
    from which the feed is certain of nothing. quiet: of whom nothing may be remembered. kept: the
    keep_seconds of all revocations.
    """

    def __init__(self) -> None:
        self.position = 0
        self.lease_ends = math.inf
        self.quiet: set[UUID] = set()
        self.is_down = False
        self.reads = 0
        self.deadlines: list[Deadline] = []
        self.kept: list[float | None] = []
        self._tokens: set[tuple[UUID, bytes]] = set()
        self._moments: dict[UUID, float] = {}
        self._log: list[Change] = []

    def catch_up(self) -> None:
        """The feed reads the log to its end."""
        self.position = len(self._log)

    def revoke_tokens(
        self,
        user_id: UUID,
        revocation_keys: Sequence[bytes],
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        self._require_up(deadline)
        self._tokens |= {(user_id, key) for key in revocation_keys}
        self._note(user_id, keep_seconds)

    def revoke_user_tokens(
        self,
        user_id: UUID,
        issued_before: float,
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        self._require_up(deadline)
        self._moments[user_id] = max(issued_before, self._moments.get(user_id, issued_before))
        self._note(user_id, keep_seconds)

    def revoked(
        self, user_id: UUID, revocation_keys: Sequence[bytes], deadline: Deadline
    ) -> Revoked:
        self.reads += 1
        self._require_up(deadline)
        known = frozenset(key for key in revocation_keys if (user_id, key) in self._tokens)
        return Revoked(known, self._moments.get(user_id))

    def position_of(self, user_id: UUID) -> int:
        return -1 if user_id in self.quiet else self.position

    def covers(self, user_id: UUID, position: int, *, at: float) -> bool:
        if position < 0 or user_id in self.quiet:
            return False
        news = self._log[position : self.position]
        return at < self.lease_ends and all(entry.user_id != user_id for entry in news)

    def _note(self, user_id: UUID, keep_seconds: float | None) -> None:
        self._log.append(Change(len(self._log) + 1, user_id))
        self.kept.append(keep_seconds)

    def _require_up(self, deadline: Deadline) -> None:
        self.deadlines.append(deadline)
        if self.is_down:
            raise StoreUnavailable("it was switched off")


class Lifetime:
    """A call that lives until its test ends. seconds: its caller's deadline, if it set one."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds

    def time_remaining(self) -> float | None:
        return self._seconds

    def add_callback(self, callback: object) -> bool:
        return True
