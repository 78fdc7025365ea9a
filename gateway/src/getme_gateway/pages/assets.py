"""Files of the package as HTTP answers, made once at start: nothing is read for a request.

Each has its strong ETag and is held in two forms, as it is and gzipped. They are the same for
everybody and hold no secret, so compressing them tells nobody anything (unlike answers of the
API, which are never compressed).
"""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from getme_gateway import caching
from getme_gateway.http_messages import Headers, Request, Response
from getme_gateway.pages.content_coding import prefers_gzip

CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",  # RFC 9239
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
REVALIDATED = "no-cache"  # kept, but asked about each time; mostly answered 304
# RFC 8246: bytes that their address names will never be others.
FOR_EVER = "public, max-age=31536000, immutable"

_VARY = (b"vary", b"Accept-Encoding")
_VERSION_BYTES = 8


class Asset:
    """The endpoint of one file.

    headers: its own beside those that every asset has, such as a Content-Security-Policy.
    version: where the path's variable is this, the answer may be kept for ever.
    """

    def __init__(
        self,
        content: bytes,
        content_type: str,
        *,
        headers: Headers = (),
        cache_control: str = REVALIDATED,
        version: str | None = None,
    ) -> None:
        self._version = None if version is None else version.encode()
        fixed = ((b"content-type", content_type.encode()), *headers)
        # mtime 0: the same bytes, and so the same ETag, from every gateway.
        zipped = gzip.compress(content, mtime=0)
        plain = _Form(content, fixed, cache_control)
        self._forms = {False: plain, True: plain}
        if len(zipped) < len(content):
            self._forms[True] = _Form(
                zipped, (*fixed, (b"content-encoding", b"gzip")), cache_control
            )

    async def __call__(self, request: Request, path_values: list[bytes]) -> Response:
        """The file, or 304 to who has it."""
        form = self._forms[prefers_gzip(request.header_values(b"accept-encoding"))]
        is_for_ever = self._version is not None and path_values == [self._version]
        return form.answer(caching.candidates_of(request), is_for_ever=is_for_ever)


class _Form:
    """An asset in one content coding."""

    def __init__(self, body: bytes, headers: Headers, cache_control: str) -> None:
        self._body = body
        self._etag = caching.etag_of_body(body)
        # Of a 304 too: browsers replace what they hold by its headers (RFC 9111 section 3.2), and
        # the application's own policy would then forbid the page everything.
        self._headers = (*headers, caching.etag_header(self._etag), _VARY)
        self._cache_control = (b"cache-control", cache_control.encode())

    def answer(self, held: caching.Candidates | None, *, is_for_ever: bool) -> Response:
        keep = (b"cache-control", FOR_EVER.encode()) if is_for_ever else self._cache_control
        headers = (*self._headers, keep)
        if held is not None and held.match(self._etag):
            return Response(304, headers)
        return Response(200, headers, self._body)


def content_type_of(name: str) -> str:
    """By the name's ending. Raises KeyError for one that we do not serve."""
    return CONTENT_TYPES[PurePosixPath(name).suffix]


def files_of(folder: Traversable, *, under: str = "") -> Iterator[tuple[str, bytes]]:
    """Names, relative to folder, and contents of all files that are for browsers, in order."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from files_of(entry, under=f"{under}{entry.name}/")
        elif PurePosixPath(entry.name).suffix in CONTENT_TYPES:
            yield f"{under}{entry.name}", entry.read_bytes()


def version_of(files: Mapping[str, bytes]) -> str:
    """Names these files with these bytes; fits a path segment."""
    digest = hashlib.blake2b(digest_size=_VERSION_BYTES)
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
