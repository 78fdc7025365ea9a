"""If-Match (RFC 9110 section 13.1.1): a change only of the version that the caller has seen.

The server compares, in one step with the change. It can be asked about one version, so a list of
several is refused rather than half heeded; no browser sends one.
"""

import re

from getme_gateway.caching import MAX_ETAG_BYTES
from getme_gateway.http_messages import Request
from getme_gateway.refusals import InvalidField

ANY = "*"
# Asked about where no version of ours can be meant: a weak etag never matches (RFC 9110 section
# 8.8.3.2). The server shall say so, after it has seen who is calling.
NO_VERSION = "W/"

_HEADER = b"if-match"
_ETAG = re.compile(rb'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_BETWEEN = b" \t,"


def expected_etag(request: Request) -> str:
    """What the server shall expect, empty where the request is unconditional.

    Raises InvalidField for what is not If-Match, or names more than one version.
    """
    values = request.header_values(_HEADER)
    if not values:
        return ""
    joined = b",".join(values).strip(_BETWEEN)
    if joined == b"*":
        return ANY
    found = _ETAG.findall(joined)
    if not found or _ETAG.sub(b"", joined).strip(_BETWEEN):
        raise InvalidField({"if-match": "must be an etag in double quotes, or *"})
    versions = {_server_part(etag) for weak, etag in found if not weak}
    if len(versions) > 1:
        raise InvalidField({"if-match": "must name one version"})
    return versions.pop() if versions else NO_VERSION


def _server_part(etag: bytes) -> str:
    """The server's own etag in one of ours: without the roles that `rpc_answer` appends."""
    own = etag.partition(b";")[0]
    usable = own.isascii() and 0 < len(own) <= MAX_ETAG_BYTES and own != b"*"
    return own.decode() if usable else NO_VERSION
