"""The session of a browser in two cookies (RFC 6265bis), which no script can read.

The access token goes everywhere, under the prefix `__Host-`: no sibling domain can set it. The
refresh token goes only where it is needed, and `__Host-` would forbid it a path of its own.
Nothing is decided here about tokens; that a change by cookie comes from our own pages is for
`same_origin` to see.
"""

from collections.abc import Iterator

from getme_gateway.http_messages import Headers, Request
from getme_gateway.refusals import InvalidField, TokenInvalid
from getme_gateway.transcoding.parameters import pairs_of

ACCESS = b"__Host-getme_access"
REFRESH = b"__Secure-getme_refresh"
# The routes that read the refresh token; a cookie has one path, so it is set once for each.
REFRESH_PATHS = (b"/api/v1/users/refresh", b"/api/v1/users/logout")
# The longest that browsers keep any cookie (RFC 6265bis section 5.5). How long the token in it is
# good the server decides, and does not tell.
REFRESH_SECONDS = 400 * 24 * 60 * 60
PARAMETER = "cookie"  # `?cookie=true`: answer with cookies

_CHOICES = {"true": True, "false": False}


def cookie_of(request: Request, name: bytes) -> bytes | None:
    """The value of the cookie of that name, None if there is none. Raises TokenInvalid for two.

    Two cookies of one name: one of them was set by somebody else, and nobody can say which.
    """
    values = [
        value
        for header in request.header_values(b"cookie")
        if name in header
        for value in _values(header, name)
    ]
    if len(values) > 1:
        raise TokenInvalid("There is more than one cookie with a token of one kind.")
    return values[0] if values else None


def asks_for_cookies(request: Request) -> bool:
    """Whether the answer's tokens are to be cookies. Raises InvalidField."""
    given = [value for name, value in pairs_of(request.query) if name == PARAMETER]
    if not given:
        return False
    if len(given) > 1 or given[0] not in _CHOICES:
        raise InvalidField({PARAMETER: "must be true or false, once"})
    return _CHOICES[given[0]]


def with_tokens(*, access: str, access_seconds: int, refresh: str) -> Headers:
    """Headers that give a browser these tokens."""
    return _both(access.encode(), access_seconds, refresh.encode(), REFRESH_SECONDS)


def without_tokens() -> Headers:
    """Headers that take the tokens from a browser."""
    return _both(b"", 0, b"", 0)


def _both(access: bytes, access_seconds: int, refresh: bytes, refresh_seconds: int) -> Headers:
    return (
        _set(ACCESS, access, b"/", access_seconds),
        *(_set(REFRESH, refresh, path, refresh_seconds) for path in REFRESH_PATHS),
    )


def _set(name: bytes, value: bytes, path: bytes, seconds: int) -> tuple[bytes, bytes]:
    return (
        b"set-cookie",
        b"%b=%b; Path=%b; Max-Age=%d; HttpOnly; Secure; SameSite=Strict"
        % (name, value, path, seconds),
    )


def _values(header: bytes, name: bytes) -> Iterator[bytes]:
    for pair in header.split(b";"):
        key, _, value = pair.strip(b" \t").partition(b"=")
        if key == name:
            yield value
