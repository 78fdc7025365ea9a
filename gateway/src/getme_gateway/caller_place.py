"""Where a caller is and what it calls itself, passed on for the server to judge.

The gateway believes nothing and decides nothing: which of the addresses count depends on the
proxies that the server trusts (`GETME_TRUSTED_PROXIES`), read from the right.
"""

from getme.program.forwarding import (
    FORWARDED_FOR_KEY,
    FORWARDED_USER_AGENT_KEY,
    MAX_USER_AGENT_CHARACTERS,
)
from getme_gateway.http_messages import Request

# The nearest two dozen hops. What lies to the left of them was written by the caller.
MAX_FORWARDED_BYTES = 1024

_HEADER = FORWARDED_FOR_KEY.encode()
# Metadata is printable ASCII; another byte makes one address unreadable and nothing else.
_READABLE = b"?" * 0x20 + bytes(range(0x20, 0x7F)) + b"?" * 0x81


def place_metadata(request: Request) -> tuple[tuple[str, str], ...]:
    """Call metadata that tells the caller's place, as far as it is known."""
    agent = b" ".join(request.header_values(b"user-agent")).strip()[:MAX_USER_AGENT_CHARACTERS]
    told = ((FORWARDED_USER_AGENT_KEY, _text(agent)),) if agent else ()
    if request.peer is None:  # then the last hop would be one that the caller made up
        return told
    hops = b", ".join([*request.header_values(_HEADER), request.peer[0].encode()])
    return ((FORWARDED_FOR_KEY, _text(_nearest(hops))), *told)


def _nearest(hops: bytes) -> bytes:
    if len(hops) <= MAX_FORWARDED_BYTES:
        return hops
    return hops[-MAX_FORWARDED_BYTES:].partition(b",")[2]


def _text(value: bytes) -> str:
    return value.translate(_READABLE).decode("ascii").strip()
