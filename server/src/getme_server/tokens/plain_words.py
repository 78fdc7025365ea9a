"""Moments and foreign values in words that are safe to print.

A token may hold anything: control characters that drive a terminal, addresses of people, keys.
"""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

_MAX_QUOTED = 120
_WORD = re.compile(r"\S+")
_KEY_MEMBERS = frozenset({"jwk", "jwks", "k", "x5c"})
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def moment_words(seconds: float) -> str:
    """A moment in UTC, to the millisecond where it has a fraction. seconds: since 1970."""
    whole = seconds == int(seconds)
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="seconds" if whole else "milliseconds")[:-6] + "Z"


def distance_words(seconds: float) -> str:
    """How far a moment is from now, in its two largest units. seconds: negative in the past."""
    words = duration_words(abs(seconds))
    return f"in {words}" if seconds > 0 else f"{words} ago"


def duration_words(seconds: float) -> str:
    """A duration in its two largest units."""
    rest = int(seconds)
    parts = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
    if seconds and not parts:
        return "less than a second"
    return " ".join(parts[:2]) or "0 seconds"


def quoted(value: Any) -> str:
    """A value of a token as JSON text of modest length."""
    text = json_text(value)
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}... (cut)"


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON in printable ASCII, without what `without_private` leaves out."""
    # DEL is the one control character that JSON need not escape (RFC 8259 section 7).
    return json.dumps(without_private(value), indent=indent).replace("\x7f", "\\u007f")


def without_private(value: Any) -> Any:
    """The value without e-mail addresses, keys, and numbers that JSON cannot spell."""
    if isinstance(value, dict):
        return {
            without_private(name): "(a key, not shown)"
            if name in _KEY_MEMBERS
            else without_private(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [without_private(member) for member in value]
    if isinstance(value, str):
        return _WORD.sub(_without_address, value)
    if isinstance(value, float) and not math.isfinite(value):
        return "(a number beyond all bounds)"
    return value


def printable(text: str) -> str:
    """The same text with all but printable ASCII escaped, newlines too: one line for a terminal."""
    return one_line(text).encode("ascii", "backslashreplace").decode("ascii")


def one_line(text: str) -> str:
    """The same text, of any script, with what drives a terminal escaped, newlines too."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _without_address(word: re.Match[str]) -> str:
    # By words and not by a pattern of addresses, which takes quadratic time on long ones.
    return "(an e-mail address, not shown)" if "@" in word[0] else word[0]
