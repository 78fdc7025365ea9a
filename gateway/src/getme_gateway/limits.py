"""What is too large to be looked at: headers and request targets.

granian's own limits (over 100 headers or 64 KiB: a bare 431) lie at or above these, so that
nearly every refusal is problem+json; behind it these hold whatever the HTTP server does.
"""

from getme_gateway.messages import Request
from getme_gateway.refusals import HeadersTooLarge, TargetTooLong

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024  # names and values; the server's limit for metadata
MAX_TARGET_BYTES = 8 * 1024  # RFC 9110 section 4.1 asks for at least 8000


def refuse_oversized(request: Request) -> None:
    """Raises HeadersTooLarge or TargetTooLong."""
    headers = request.headers
    if len(headers) > MAX_HEADERS:
        raise HeadersTooLarge(f"The request has more than {MAX_HEADERS} headers.")
    total = 0
    for name, value in headers:
        total += len(name) + len(value)
    if total > MAX_HEADER_BYTES:
        raise HeadersTooLarge(f"The headers are larger than {MAX_HEADER_BYTES} bytes.")
    if len(request.path) + len(request.query) > MAX_TARGET_BYTES:
        raise TargetTooLong(f"The address is longer than {MAX_TARGET_BYTES} bytes.")
