"""Attempts are counted by what the limits said, and not otherwise changed."""

import pytest

from getme_server.accounts.attempts import Attempt
from getme_server.accounts.errors import RateLimited, StoreUnavailable
from getme_server.limiting.counted_limits import CountedLimits


class Limits:
    """Refuses with what it is given."""

    def __init__(self) -> None:
        self.refusal: Exception | None = None
        self.asked: list[tuple[Attempt, str, str]] = []

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        self.asked.append((attempt, address, account))
        if self.refusal is not None:
            raise self.refusal


def test_attempts_are_counted_by_kind_and_result() -> None:
    limits = Limits()
    counted = CountedLimits(limits)
    counted.take(Attempt.PASSWORD, address="192.0.2.1", account="ada@example.org")
    counted.take(Attempt.REFRESH, address="192.0.2.1")
    limits.refusal = RateLimited(3.0)
    for _ in range(2):
        with pytest.raises(RateLimited):
            counted.take(Attempt.PASSWORD, address="192.0.2.1", account="ada@example.org")
    assert limits.asked[0] == (Attempt.PASSWORD, "192.0.2.1", "ada@example.org")
    assert counted.counted() == {
        ("password", "taken"): 1,
        ("refresh", "taken"): 1,
        ("password", "refused"): 2,
    }


def test_a_limit_that_cannot_be_asked_counts_as_neither() -> None:
    limits = Limits()
    limits.refusal = StoreUnavailable("the parent process does not answer")
    counted = CountedLimits(limits)
    with pytest.raises(StoreUnavailable):
        counted.take(Attempt.REGISTER, address="")
    assert not counted.counted()
