"""The commonest request, answered from memory before anything else looks at it.

That is GET of the caller's own user with one bearer token and nothing that could change the answer.
All else goes the usual way (`remembered_endpoint`), which also makes what is ready here.
"""

from collections.abc import Callable

from starlette.types import Scope

from getme.program.limits import MAX_METADATA_BYTES
from getme.remembered import Remembered
from getme_gateway.limits import MAX_HEADERS
from getme_gateway.request_id import HEADER as REQUEST_ID_HEADER
from getme_gateway.rpc_answer import VersionedAnswer
from getme_gateway.web_origin import HEADER as ORIGIN_HEADER

_AUTHORIZATION = b"authorization"
_SCHEME = b"Bearer "
_HOST = b"host"
# What may change the answer or its headers, or be wrong; and the caller's own request ID.
_OTHERWISE = frozenset(
    {
        b"cookie",
        b"if-none-match",
        b"content-length",
        b"transfer-encoding",
        ORIGIN_HEADER,
        REQUEST_ID_HEADER,
    }
)


class Shortcut:
    """Looks into memory. path: of the route. recall: as getme.aio.Client.recall."""

    def __init__(self, path: str, recall: Callable[[str], Remembered | None]) -> None:
        self.path = path
        self._raw_path = path.encode()
        self.recall = recall

    def ready(self, scope: Scope) -> VersionedAnswer | None:
        """What may be answered at once, if anything."""
        if scope["raw_path"] != self._raw_path or scope["method"] != "GET" or scope["query_string"]:
            return None
        token = self._token_of(scope["headers"])
        remembered = self.recall(token) if token else None
        return remembered.extra if remembered is not None else None

    @staticmethod
    def _token_of(headers: list[tuple[bytes, bytes]]) -> str | None:
        token = None
        hosts = size = 0
        for name, value in headers:
            size += len(name) + len(value)
            if name == _AUTHORIZATION:
                if token is not None:
                    return None
                token = value
            elif name == _HOST:
                hosts += 1
            elif name in _OTHERWISE:
                return None
        if (
            token is None
            or hosts > 1
            or size > MAX_METADATA_BYTES
            or len(headers) > MAX_HEADERS
            or not token.startswith(_SCHEME)
        ):
            return None
        return token[len(_SCHEME) :].decode("latin-1")
