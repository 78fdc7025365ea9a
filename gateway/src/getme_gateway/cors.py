"""What pages of other origins may do with answers (CORS, https://fetch.spec.whatwg.org).

Nothing, but for the origins of a list. Those are trusted as our own pages are: they may read,
write and send credentials. An origin is never echoed unless it is in the list, byte for byte.
"""

from getme_gateway.http_messages import Headers, Request, Response
from getme_gateway.route_table import OPTIONS
from getme_gateway.web_origin import HEADER

# Beyond it Chromium asks again anyway.
PREFLIGHT_SECONDS = 7_200
# The last two: who traces in the browser (W3C Trace Context) sends them with every request.
_ALLOWED_HEADERS = (
    b"authorization, content-type, if-match, if-none-match, x-request-id, traceparent, tracestate"
)
_EXPOSED_HEADERS = b"etag, x-request-id, retry-after, www-authenticate"
_EXPOSED = (b"access-control-expose-headers", _EXPOSED_HEADERS)
_ANSWERS_TO_PREFLIGHT = (
    (b"access-control-allow-headers", _ALLOWED_HEADERS),
    (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
)
_VARY: Headers = ((b"vary", b"Origin"),)


class Cors:
    """Says what a browser is to be told. origins: as browsers spell them."""

    def __init__(self, origins: frozenset[bytes]) -> None:
        self._origins = origins

    @property
    def on_every_answer(self) -> Headers:
        """That answers differ by origin, so that no cache gives one page's to another."""
        return _VARY if self._origins else ()

    def headers_for(self, request: Request, response: Response) -> Headers:
        """What is added to this answer, beside on_every_answer."""
        given = request.header_values(HEADER) if self._origins else ()
        if len(given) != 1 or given[0] not in self._origins:
            return ()
        granted = (
            (b"access-control-allow-origin", given[0]),
            (b"access-control-allow-credentials", b"true"),
        )
        if request.method != OPTIONS:
            return (*granted, _EXPOSED)
        methods = ((b"access-control-allow-methods", value) for value in _allow(response))
        return (*granted, *methods, *_ANSWERS_TO_PREFLIGHT)


def _allow(response: Response) -> list[bytes]:
    """The methods of the path, which the route table names in its answers to OPTIONS."""
    return [value for name, value in response.headers if name == b"allow"]
