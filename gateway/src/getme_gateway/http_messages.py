"""An HTTP request and its answer, as the gateway's parts see them.

Thin on purpose: they are made for every request. The target is kept as it came on the wire,
since the Host header and a decoded path have misled routers before (CVE-2026-48710).
"""

from dataclasses import dataclass

from starlette.types import Receive, Scope

from getme.calls import Metadata
from getme.program.request_ids import REQUEST_ID_KEY

Headers = tuple[tuple[bytes, bytes], ...]

NO_ROUTE = "none"
# The connection ends with this answer (RFC 9112 section 9.6).
LAST_ANSWER = (b"connection", b"close")


class Request:
    """One request. path and query: bytes as sent, still percent-encoded.

    route: the template that matched, for logs and metrics, which must never see the path itself.
    peer: host and port of who is connected, None where the HTTP server cannot tell. trace_state:
    the caller's, as metadata; empty where there is none or the request is not traced.
    """

    __slots__ = (
        "headers",
        "method",
        "path",
        "peer",
        "query",
        "receive",
        "request_id",
        "route",
        "trace_state",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.peer: tuple[str, int] | None = scope.get("client")
        self.receive = receive
        self.request_id = ""
        self.route = NO_ROUTE
        self.trace_state: Metadata = ()

    @property
    def metadata(self) -> Metadata:
        """What the server is told with all that this request has it asked."""
        return ((REQUEST_ID_KEY, self.request_id), *self.trace_state)

    def header_values(self, name: bytes) -> list[bytes]:
        """All values of the header of that name (lower case), in the order sent."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer.

    For the log are reason, the public one, cause, what lies behind it, and user_id, whose own user
    is answered, where that is known.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""
    cause: str = ""
    user_id: str = ""
