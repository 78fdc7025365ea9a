"""JSON objects read strictly: one spelling of each member, UTF-8, no endless nesting.

Python's reader sniffs UTF-16, lets the last of two members of one name win and takes NaN; two
readers that differ there would see two different tokens in one (RFC 8725 sections 2.7 and 3.7).
"""

import json
from typing import Any

MAX_NESTING = 8  # the contract's claims need two levels, a key set four

JsonObject = dict[str, Any]


def json_object(raw: bytes) -> JsonObject:
    """The object that raw holds: strict UTF-8, no member twice, no NaN, no lone surrogates.

    Raises ValueError, whose text does not quote raw.
    """
    try:
        text = raw.decode("utf-8")
        parsed = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        nesting = _nesting(parsed)
    except (ValueError, RecursionError):
        raise ValueError("not strict JSON in UTF-8") from None
    if not isinstance(parsed, dict) or nesting > MAX_NESTING:
        raise ValueError("not a JSON object of modest depth")
    return parsed


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name stands twice (RFC 7515 section 4)")
    return members


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON (RFC 8259 section 6)")


def _nesting(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_nesting, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_nesting, value), default=0)
    return 0
