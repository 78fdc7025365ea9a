"""Durations as people write them, and nothing that merely looks like one."""

import pytest

from getme.program.durations import duration_seconds

GOOD = {
    "0": 0,
    "0s": 0,
    "500ms": 0.5,
    "60s": 60,
    "30m": 1_800,
    "1h": 3_600,
    "30d": 2_592_000,
    "007s": 7,
    "999999999s": 999_999_999,
}
BAD = [
    "",
    "60",
    "1.5s",
    "-1s",
    "+1s",
    "1 s",
    " 1s",
    "1s ",
    "1s\n",
    "1S",
    "1w",
    "1h30m",
    "s",
    "1e3s",
    "0x1s",
    "\u0661s",
    "\uff11s",
    "9999999999s",
    "PT1H",
    "nan",
]


@pytest.mark.parametrize(("text", "seconds"), GOOD.items(), ids=GOOD)
def test_number_with_a_unit_is_a_duration(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", BAD, ids=repr)
def test_other_spelling_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="a number with a unit, such as 500ms, 60s, 30m"):
        duration_seconds(text)
