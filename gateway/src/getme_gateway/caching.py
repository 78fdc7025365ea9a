"""What browsers and proxies may remember of an answer (RFC 9110 sections 8.8 and 13, RFC 9111).

Nothing, unless stated here: an answer to which the server gives an etag is the caller's own, to
be kept by the caller alone; the few RPCs of PUBLIC_RPCS answer everybody the same.
"""

import hashlib
import re
from collections.abc import Iterable

from getme_gateway.http_messages import Headers, Request
from getme_gateway.transcoding.annotations import RpcRoute

# Asked for again and again, mostly to find the same bytes, which are their own version.
PUBLIC_RPCS = frozenset({"getme.v1.UserService.GetUser", "getme.v1.AuthService.GetPublicKeys"})
MAX_ETAG_BYTES = 256  # the contract's limit for if_none_match; ours are far shorter
_ETAG_BYTES = 12

# No anchors and no spaces: a pattern that also checks the list's commas took seconds for 20 KB.
_ETAG = re.compile(rb'"([\x21\x23-\x7e\x80-\xff]*)"')
_ANY = b"*"


def no_store() -> Headers:
    """For answers that nobody may keep."""
    return ((b"cache-control", b"no-store"),)


def headers_for(route: RpcRoute, *, is_callers: bool, max_age_seconds: float) -> Headers:
    """Who may keep the answers of a route, and for how long.

    is_callers: each answer is its caller's own, as one is to which the server gives an etag.
    """
    if route.http_method != "GET":
        return no_store()
    if is_callers:
        return _private(max_age_seconds)
    if route.rpc.full_name in PUBLIC_RPCS:
        return _public(max_age_seconds)
    return no_store()


def etag_header(etag: str) -> tuple[bytes, bytes]:
    """etag: opaque, without quotes."""
    return (b"etag", b'"' + etag.encode() + b'"')


def etag_of_body(body: bytes) -> str:
    """Names these very bytes, the same from every gateway."""
    return hashlib.blake2b(body, digest_size=_ETAG_BYTES).hexdigest()


class Candidates:
    """What If-None-Match names: versions that the caller holds, by weak comparison."""

    def __init__(self, values: Iterable[bytes]) -> None:
        """values: of all headers of that name. What is not a quoted etag is ignored."""
        joined = b",".join(values)
        self._any = joined.strip() == _ANY
        self._etags = set(_ETAG.findall(joined))

    def only(self) -> str:
        """The single etag that the server can be asked about, empty if there is not just one."""
        if len(self._etags) != 1:
            return ""
        (etag,) = self._etags
        return etag.decode() if etag.isascii() and len(etag) <= MAX_ETAG_BYTES else ""

    def match(self, etag: str) -> bool:
        """Whether the caller holds the version that etag names (without quotes)."""
        return self._any or etag.encode() in self._etags


def candidates_of(request: Request) -> Candidates | None:
    """What the request names, None where it is unconditional."""
    values = request.header_values(b"if-none-match")
    return Candidates(values) if values else None


def _public(max_age_seconds: float) -> Headers:
    return ((b"cache-control", f"public, max-age={int(max_age_seconds)}".encode()),)


def _private(max_age_seconds: float) -> Headers:
    """Vary keeps a cache that ignores `private` from mixing callers."""
    return (
        (b"cache-control", f"private, max-age={int(max_age_seconds)}".encode()),
        (b"vary", b"Authorization, Cookie"),
    )
