"""How tests make attempts."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.errors import RateLimited


class Clock:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def wait_seconds(
    limits: AttemptLimits, attempt: Attempt, *, address: str = "", account: str = ""
) -> float | None:
    """How long a refused attempt is to wait; None where it was counted."""
    try:
        limits.take(attempt, address=address, account=account)
    except RateLimited as refused:
        return refused.retry_after_seconds
    return None


def passed(
    limits: AttemptLimits, attempts: int, *, address: str = "192.0.2.1", account: str = ""
) -> int:
    """How many of so many passwords in a row got through."""
    return [
        wait_seconds(limits, Attempt.PASSWORD, address=address, account=account)
        for _ in range(attempts)
    ].count(None)


def passed_at_once(limits: Sequence[AttemptLimits], attempts: int, *, account: str = "ada") -> int:
    """How many of so many passwords at once got through, asked of one limits after the other."""
    together = threading.Barrier(attempts)

    def attempt(number: int) -> float | None:
        together.wait()
        return wait_seconds(
            limits[number % len(limits)],
            Attempt.PASSWORD,
            address="192.0.2.1",
            account=account,
        )

    with ThreadPoolExecutor(attempts) as pool:
        return list(pool.map(attempt, range(attempts))).count(None)
