"""The ID under which a request is found in every log: the caller's, or a new one."""

from uuid import uuid4

from getme.program.request_ids import REQUEST_ID_KEY, is_well_formed
from getme_gateway.http_messages import Request

HEADER = REQUEST_ID_KEY.encode()


def request_id_of(request: Request) -> str:
    """The caller's X-Request-ID where it is one and harmless, else a random one."""
    given = request.header_values(HEADER)
    if len(given) == 1 and is_well_formed(text := given[0].decode("latin-1")):
        return text
    return uuid4().hex
