"""How long an end may take at most."""

import pytest

from getme.program.ending import StopTimes

# delay, grace, the longest
TIMES = {
    "calls are cut at the grace, and told": (3.0, 5.0, 8.2),
    "connections to others are closed, whatever the grace": (3.0, 0.0, 4.0),
}


@pytest.mark.parametrize(("delay", "grace", "longest"), TIMES.values(), ids=TIMES)
def test_an_end_takes_the_delay_and_the_grace(delay: float, grace: float, longest: float) -> None:
    assert StopTimes(delay, grace).longest_seconds == pytest.approx(longest)
