"""Timestamp and Duration as protobuf JSON spells them, without json_format (slow, CVE-2026-0994).

https://protobuf.dev/programming-guides/json/: UTC with `Z`; a fraction of 3, 6 or 9 digits, and
only where it is not zero.
"""

import re
from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # naive, since isoformat would add +00:00
_AWARE_EPOCH = _EPOCH.replace(tzinfo=UTC)
_SECONDS_PER_DAY = 86_400
MAX_DURATION_SECONDS = 315_576_000_000  # google/protobuf/duration.proto: about 10,000 years
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)
_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def timestamp_text(value: Timestamp) -> str:
    """`2025-10-31T10:30:00Z`, in UTC. Raises OverflowError outside the years 1 to 9999."""
    moment = _EPOCH + timedelta(seconds=value.seconds)
    return f"{moment.isoformat()}{_fraction(value.nanos)}Z"


def duration_text(value: Duration) -> str:
    """`1.5s`, however long."""
    sign = "-" if value.seconds < 0 or value.nanos < 0 else ""
    return f"{sign}{abs(value.seconds)}{_fraction(abs(value.nanos))}s"


def read_duration(text: str) -> tuple[int, int]:
    """Seconds and nanoseconds that text spells. Raises ValueError, saying what would be right."""
    match = _DURATION.fullmatch(text)
    if match is None or int(match[2]) > MAX_DURATION_SECONDS:
        raise ValueError("must be a duration in seconds, such as 1.5s")
    sign = -1 if match[1] else 1
    return sign * int(match[2]), sign * _nanos(match[3])


def read_timestamp(text: str) -> tuple[int, int]:
    """Seconds since 1970 and nanoseconds that text spells (RFC 3339). Raises ValueError."""
    match = _TIMESTAMP.fullmatch(text)
    try:
        moment = datetime.fromisoformat(match[1] + match[3]).astimezone(UTC) if match else None
    except (ValueError, OverflowError):  # no such day, or before year 1 in UTC
        moment = None
    if match is None or moment is None:
        raise ValueError("must be a time such as 2025-10-31T10:30:00Z")
    since = moment - _AWARE_EPOCH
    return since.days * _SECONDS_PER_DAY + since.seconds, _nanos(match[2])


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    digits = f"{nanos:09d}"
    for length in (3, 6):
        if not int(digits[length:]):
            return f".{digits[:length]}"
    return f".{digits}"


def _nanos(digits: str | None) -> int:
    return int((digits or "0").ljust(9, "0"))
