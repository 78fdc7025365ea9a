"""Whether a browser says that a request comes from a page of ours.

For changes by cookie, and for signing in with cookies: a browser adds its cookies to whatever a
page sends, and whoever can plant a session makes a person act for a stranger (login CSRF).
SameSite=Strict alone lets in every sibling domain. Reading needs no such check: GET changes
nothing, and no other page may see the answer.
"""

import re

from getme_gateway.http_messages import Request
from getme_gateway.refusals import OriginRefused

# A browser spells an origin in lower case and without the default port (RFC 6454 section 6.2);
# any other spelling is no browser's.
_ORIGIN = re.compile(rb"(https?)://((?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)")
_PORT = re.compile(rb":[0-9]+\Z")
_DEFAULT_PORTS = {b"https": b":443", b"http": b":80"}
# Where browsers take Secure cookies without TLS; elsewhere a page over http is another site, and
# anybody on its way can write it.
_OWN_MACHINE = re.compile(rb"(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?")


def require_same_origin(request: Request) -> None:
    """Raises OriginRefused.

    What Sec-Fetch-Site says counts (https://www.w3.org/TR/fetch-metadata/), for it knows the
    address that the person sees; where a browser is too old to send it, Origin must be ours.
    """
    sites = request.header_values(b"sec-fetch-site")
    origins = request.header_values(b"origin")
    if len(origins) > 1 or b"null" in origins:
        raise OriginRefused("The request must come from a page with an origin, and just one.")
    if sites:
        allowed = sites == [b"same-origin"]
    else:
        allowed = bool(origins) and _is_ours(origins[0], request.header_values(b"host"))
    if not allowed:
        raise OriginRefused("With cookies this must be asked from a page of this very address.")


def _is_ours(origin: bytes, hosts: list[bytes]) -> bool:
    spelt = _ORIGIN.fullmatch(origin)
    if spelt is None or len(hosts) != 1:
        return False
    scheme, authority = spelt.groups()
    if scheme == b"http" and not _OWN_MACHINE.fullmatch(authority):
        return False
    return _with_port(authority, scheme) == _with_port(hosts[0].lower(), scheme)


def _with_port(authority: bytes, scheme: bytes) -> bytes:
    return authority if _PORT.search(authority) else authority + _DEFAULT_PORTS[scheme]
