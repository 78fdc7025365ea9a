"""What a caller says of the trace that its request belongs to (https://www.w3.org/TR/trace-context/).

Read here and not by OpenTelemetry, whose propagator logs what it cannot read as it was sent. What
is not well formed counts as not sent.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

MAX_STATE_CHARACTERS = 512  # what section 3.3.1.5 asks everybody to pass on
_MAX_STATE_MEMBERS = 32

_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_FIRST_VERSION = "00"
_NO_VERSION = "ff"
_SAMPLED = 1

# Section 3.3.1: printable ASCII without comma and equals sign, that does not end in a space.
_MEMBER = re.compile(
    r"([a-z0-9][a-z0-9_\-*/@]{0,255})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)


class Parent(NamedTuple):
    """The caller's own span. is_sampled: whether the caller records it."""

    trace_id: int
    span_id: int
    is_sampled: bool


def parent_of(traceparents: Sequence[str]) -> Parent | None:
    """The caller's span by all headers of that name; None where there is not exactly one good."""
    match = _PARENT.fullmatch(traceparents[0]) if len(traceparents) == 1 else None
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if version == _NO_VERSION or (version == _FIRST_VERSION and more):
        return None
    parent = Parent(int(trace_id, 16), int(span_id, 16), bool(int(flags, 16) & _SAMPLED))
    return parent if parent.trace_id and parent.span_id else None


def state_to_pass_on(tracestates: Sequence[str]) -> str:
    """One value for all headers of that name; empty where it is too long or not well formed."""
    state = ",".join(tracestates)
    if len(state) > MAX_STATE_CHARACTERS:
        return ""
    members = [member for each in state.split(",") if (member := each.strip(" \t"))]
    matches = [_MEMBER.fullmatch(member) for member in members]
    keys = {match[1] for match in matches if match is not None}
    well_formed = len(keys) == len(members) <= _MAX_STATE_MEMBERS
    return ",".join(members) if well_formed else ""
