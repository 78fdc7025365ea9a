"""Whether a browser says that a request comes from a page of ours, or one that we trust as such.

For changes by cookie, and for signing in with cookies: a browser adds its cookies to whatever a
page sends, and whoever can plant a session makes a person act for a stranger (login CSRF).
SameSite=Strict alone lets in every sibling domain. Reading needs no such check: GET changes
nothing, and no other page may see the answer. Origins of the CORS list count as ours; a browser
sends them our cookies only where they are of the same site.
"""

import re

from getme_gateway.http_messages import Request
from getme_gateway.refusals import OriginRefused
from getme_gateway.web_origin import DEFAULT_PORTS, HEADER, ORIGIN

_PORT = re.compile(rb":[0-9]+\Z")
# Where browsers take Secure cookies without TLS; elsewhere a page over http is another site, and
# anybody on its way can write it.
_OWN_MACHINE = re.compile(rb"(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?")


def require_same_origin(request: Request, trusted: frozenset[bytes] = frozenset()) -> None:
    """Raises OriginRefused. trusted: other origins that may write as our own pages may.

    What Sec-Fetch-Site says counts (https://www.w3.org/TR/fetch-metadata/), for it knows the
    address that the person sees; where a browser is too old to send it, Origin must be ours.
    """
    sites = request.header_values(b"sec-fetch-site")
    origins = request.header_values(HEADER)
    if len(origins) > 1 or b"null" in origins:
        raise OriginRefused("The request must come from a page with an origin, and just one.")
    if origins and origins[0] in trusted:
        return
    if sites:
        allowed = sites == [b"same-origin"]
    else:
        allowed = bool(origins) and _is_ours(origins[0], request.header_values(b"host"))
    if not allowed:
        raise OriginRefused("With cookies this must be asked from a page of this very address.")


def _is_ours(origin: bytes, hosts: list[bytes]) -> bool:
    spelt = ORIGIN.fullmatch(origin)
    if spelt is None or len(hosts) != 1:
        return False
    scheme, authority = spelt.groups()
    if scheme == b"http" and not _OWN_MACHINE.fullmatch(authority):
        return False
    return _with_port(authority, scheme) == _with_port(hosts[0].lower(), scheme)


def _with_port(authority: bytes, scheme: bytes) -> bytes:
    return authority if _PORT.search(authority) else authority + DEFAULT_PORTS[scheme]
