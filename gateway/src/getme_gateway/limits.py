"""What is not looked at any further: headers and targets that are too large, or two Hosts.

granian's own limits (over 100 headers or 128 KiB: a bare 431) lie above these, so that nearly every
refusal is problem+json; behind it these hold whatever the HTTP server does.
"""

from getme.program.limits import MAX_METADATA_BYTES
from getme_gateway.http_messages import Request
from getme_gateway.refusals import HeadersTooLarge, InvalidField, TargetTooLong

MAX_HEADERS = 64  # browsers send about twenty
MAX_TARGET_BYTES = 8 * 1024  # RFC 9110 section 4.1 asks for at least 8000


def refuse_unreadable(request: Request) -> None:
    """Raises HeadersTooLarge, TargetTooLong, or InvalidField, naming `host`."""
    headers = request.headers
    if len(headers) > MAX_HEADERS:
        raise HeadersTooLarge(f"The request has more than {MAX_HEADERS} headers.")
    total = 0  # of names and values
    for name, value in headers:
        total += len(name) + len(value)
    if total > MAX_METADATA_BYTES:
        raise HeadersTooLarge(f"The headers are larger than {MAX_METADATA_BYTES} bytes.")
    if len(request.path) + len(request.query) > MAX_TARGET_BYTES:
        raise TargetTooLong(f"The address is longer than {MAX_TARGET_BYTES} bytes.")
    # RFC 9112 section 3.2; granian accepts several, and a proxy may believe another than we.
    # (That there is none cannot be seen here: granian then adds an empty one.)
    if len(request.header_values(b"host")) > 1:
        raise InvalidField({"host": "must be given once"})
