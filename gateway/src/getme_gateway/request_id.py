"""The ID under which a request is found in every log: the caller's, or a new one."""

import itertools
import secrets

from getme.program.request_ids import REQUEST_ID_KEY, is_well_formed
from getme_gateway.http_messages import Request

HEADER = REQUEST_ID_KEY.encode()


def request_id_of(request: Request) -> str:
    """The caller's X-Request-ID where it is one and harmless, else a new one."""
    given = request.header_values(HEADER)
    if len(given) == 1 and is_well_formed(text := given[0].decode("latin-1")):
        return text
    return new_request_id()


_of_this_process = secrets.token_hex(8)
_number = itertools.count().__next__


def new_request_id() -> str:
    """Another one each time, and not those of another process; 32 hex digits."""
    return f"{_of_this_process}{_number():016x}"
