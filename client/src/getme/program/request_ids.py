"""Which request IDs of a caller's are taken over; the gateway and the server must agree on it.

An ID that one of them replaced would be found in one log and not in the other.
"""

import re

REQUEST_ID_KEY = "x-request-id"  # an HTTP header and a key of gRPC metadata alike

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)  # nothing that could forge a log line


def is_well_formed(request_id: str) -> bool:
    """Whether an ID may stand in logs and answers as its caller wrote it."""
    return _WELL_FORMED.fullmatch(request_id) is not None
