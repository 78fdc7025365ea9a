"""The ID under which a request is found in every log: the caller's, or a new one."""

import re
from uuid import uuid4

from getme_gateway.messages import Request

HEADER = b"x-request-id"
METADATA_KEY = "x-request-id"

_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{1,64}")  # nothing that could forge a line of a log


def request_id_of(request: Request) -> str:
    """The caller's X-Request-ID where it is one and harmless, else a random one."""
    given = request.header_values(HEADER)
    if len(given) == 1 and _ACCEPTED.fullmatch(given[0]):
        return given[0].decode()
    return uuid4().hex
