"""Moments as people read them: UTC, whole seconds (RFC 3339)."""

import math
from datetime import UTC, datetime

_LATEST = 253_402_300_799  # the last second of the year 9999; a file may name a later one


def moment_text(seconds: float) -> str:
    """A moment in seconds since 1970, such as `2026-11-24T15:02:00Z`, never too early."""
    return f"{datetime.fromtimestamp(math.ceil(min(seconds, _LATEST)), UTC):%Y-%m-%dT%H:%M:%SZ}"
