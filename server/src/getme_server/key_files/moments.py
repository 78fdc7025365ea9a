"""Moments as people read them: UTC, whole seconds (RFC 3339)."""

import math

from getme_server.tokens.numeric_date import LATEST
from getme_server.tokens.plain_words import moment_words


def moment_text(seconds: float) -> str:
    """A moment in seconds since 1970, such as `2026-11-24T15:02:00Z`, never too early."""
    return moment_words(math.ceil(min(seconds, LATEST)))  # a key's last token may expire later
