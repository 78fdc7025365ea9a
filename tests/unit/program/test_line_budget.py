"""So many lines in each second, and none that is left out goes uncounted."""

import pytest

from getme.program.line_budget import LineBudget


class Clock:
    """Monotonic seconds that a test sets."""

    seconds = 100.5

    def __call__(self) -> float:
        """Seconds."""
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_budget_is_renewed_each_second_and_not_saved(clock: Clock) -> None:
    budget = LineBudget(clock, lines_a_second=2)
    assert [budget.take() for _ in range(4)] == [0, 0, None, None]
    clock.seconds += 0.4
    assert budget.take() is None
    clock.seconds += 0.1
    assert [budget.take() for _ in range(3)] == [3, 0, None]
    clock.seconds += 60
    assert [budget.take() for _ in range(3)] == [1, 0, None]


def test_budget_holds_from_the_first_second_of_a_clock() -> None:
    budget = LineBudget(lambda: 0.0, lines_a_second=1)
    assert [budget.take(), budget.take()] == [0, None]
