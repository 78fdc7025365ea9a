"""Durations as people write them in settings and commands: `500ms`, `60s`, `30m`, `1h`, `30d`, `0`.

No library: ISO 8601 parsers do not take this spelling, and pytimeparse (2013) takes far more
than it, so that a typing error would pass.
"""

import re

_SECONDS_OF = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPELLING = re.compile(r"(?P<count>\d{1,9})(?P<unit>ms|s|m|h|d)", re.ASCII)


def duration_seconds(text: str) -> float:
    """Seconds that text stands for.

    Raises ValueError, which says what would be right, for any other spelling.
    """
    if text == "0":
        return 0
    match = _SPELLING.fullmatch(text)
    if match is None:
        raise ValueError("a duration is a number with a unit, such as 500ms, 60s, 30m, 1h or 30d")
    return int(match["count"]) * _SECONDS_OF[match["unit"]]
