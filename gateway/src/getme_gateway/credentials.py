"""The caller's credential on its way to the server: passed on as it came, never read.

Exactly one: a proxy and a server that each pick another of two would disagree on who is calling.
So a header and a cookie must be the same token. Whether it is any good only the server can say.
"""

import re
from typing import NamedTuple

from getme_gateway import cookies
from getme_gateway.http_messages import Request
from getme_gateway.refusals import TokenInvalid

_HEADER = b"authorization"
_SCHEME = b"bearer "
_BEARER = re.compile(r"Bearer [\x21-\x7e]+")
# What gRPC metadata can carry (gRPC over HTTP/2: ASCII-Value), so that nothing is altered.
_PRINTABLE = re.compile(rb"[\x20-\x7e]*")


class Credential(NamedTuple):
    """What proves who is calling.

    metadata: for the call, empty where there is none. by_cookie: whether the browser added it by
    itself, so that nobody can be sure that its person meant it.
    """

    metadata: tuple[tuple[str, str], ...]
    by_cookie: bool

    @property
    def token(self) -> str:
        """The token itself; empty where there is none, or it may be meant in another way."""
        for _, value in self.metadata:
            if _BEARER.fullmatch(value):
                return value[len(_SCHEME) :]
        return ""


_NONE = Credential((), by_cookie=False)


def credential_of(request: Request) -> Credential:
    """The one credential of a request. Raises TokenInvalid."""
    given = request.header_values(_HEADER)
    cookie = cookies.cookie_of(request, cookies.ACCESS)
    if not given:
        if cookie is None:
            return _NONE
        return Credential((("authorization", f"Bearer {text_of(cookie)}"),), by_cookie=True)
    if len(given) > 1:
        raise TokenInvalid("There is more than one Authorization header.")
    header = given[0]
    if not _PRINTABLE.fullmatch(header):
        raise TokenInvalid("The Authorization header is not printable ASCII.")
    if cookie is not None and not _is_bearer_of(header, cookie):
        raise TokenInvalid("The Authorization header and the cookie are different tokens.")
    return Credential((("authorization", header.decode("ascii")),), by_cookie=False)


def text_of(cookie: bytes) -> str:
    """A token from a cookie. Raises TokenInvalid where nothing could carry it on."""
    if not _PRINTABLE.fullmatch(cookie):
        raise TokenInvalid("The token in the cookie is not printable ASCII.")
    return cookie.decode("ascii")


def _is_bearer_of(header: bytes, token: bytes) -> bool:
    return header[: len(_SCHEME)].lower() == _SCHEME and header[len(_SCHEME) :] == token
