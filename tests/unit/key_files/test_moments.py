"""How moments are spelt."""

import pytest

from getme_server.key_files.moments import moment_text

# seconds since 1970, text
MOMENTS = {
    "the first": (0, "1970-01-01T00:00:00Z"),
    "a whole second": (1_795_532_520, "2026-11-24T15:02:00Z"),
    "rounded so that it is never too early": (1_795_532_520.001, "2026-11-24T15:02:01Z"),
    "a billion years": (3e16, "9999-12-31T23:59:59Z"),
    "never": (float("inf"), "9999-12-31T23:59:59Z"),
}


@pytest.mark.parametrize(("seconds", "text"), MOMENTS.values(), ids=MOMENTS)
def test_moment_is_spelt_in_utc(seconds: float, text: str) -> None:
    assert moment_text(seconds) == text
