"""The caller's credential on its way to the server: passed on as it came, never read.

Exactly one: a proxy and a server that each pick another of two headers would disagree on who is
calling. Whether the credential is any good only the server can say.
"""

import re

from getme_gateway.http_messages import Request
from getme_gateway.refusals import TokenInvalid

_HEADER = b"authorization"
# What gRPC metadata can carry (gRPC over HTTP/2: ASCII-Value), so that nothing is altered.
_PRINTABLE = re.compile(rb"[\x20-\x7e]*")


def authorization_metadata(request: Request) -> tuple[tuple[str, str], ...]:
    """Call metadata with the credential, empty where there is none. Raises TokenInvalid."""
    given = request.header_values(_HEADER)
    if not given:
        return ()
    if len(given) > 1:
        raise TokenInvalid("There is more than one Authorization header.")
    if not _PRINTABLE.fullmatch(given[0]):
        raise TokenInvalid("The Authorization header is not printable ASCII.")
    return (("authorization", given[0].decode("ascii")),)
