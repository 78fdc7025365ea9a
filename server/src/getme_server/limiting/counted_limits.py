"""Counts how often attempts were let through and refused, for Prometheus.

By kind only: whose attempts they were says the audit log.
"""

from collections import Counter
from threading import Lock

from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.errors import RateLimited

TAKEN = "taken"
REFUSED = "refused"


class CountedLimits:
    """An AttemptLimits that asks another."""

    def __init__(self, limits: AttemptLimits) -> None:
        self._limits = limits
        self._counts: Counter[tuple[str, str]] = Counter()
        self._mutex = Lock()

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        """Counts one attempt; see AttemptLimits."""
        try:
            self._limits.take(attempt, address=address, account=account)
        except RateLimited:
            self._count(attempt, REFUSED)
            raise
        self._count(attempt, TAKEN)

    def counted(self) -> Counter[tuple[str, str]]:
        """How many by kind of attempt, and whether they were TAKEN or REFUSED."""
        with self._mutex:
            return self._counts.copy()

    def _count(self, attempt: Attempt, result: str) -> None:
        with self._mutex:
            self._counts[attempt.value, result] += 1
