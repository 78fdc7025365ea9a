"""Moments as tokens and keys name them: seconds since 1970 (RFC 7519 section 2, NumericDate)."""

from typing import Any

LATEST = 253_402_300_799  # the last second of the year 9999


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number; true and false are integers to Python."""
    return isinstance(value, int | float) and not isinstance(value, bool)
