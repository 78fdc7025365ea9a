"""What the gateway itself refuses, before or instead of asking the server.

    Refused
    +-- RouteNotFound          404  nothing is at this path
    +-- MethodNotAllowed       405  the path exists, for other methods
    +-- UnsupportedMediaType   415  a body that is not JSON
    +-- InvalidField           400  a field, parameter or body that cannot be read
    +-- TokenInvalid           401  credentials that cannot be passed on
    +-- OriginRefused          403  a change by cookie from elsewhere than our own pages
    +-- HeadersTooLarge        431
    +-- TargetTooLong          414
    +-- BodyTooLarge           413
    +-- BodyTimeout            408  the body came too slowly
    +-- NotReady               503  the readiness probe's no

`problem` turns them into answers. Texts here are public: they never repeat what was sent.
"""

from collections.abc import Mapping

from getme.reasons import Reason


class Refused(Exception):
    """A request that is not passed on. detail: a sentence for the caller."""

    reason: str
    errors: Mapping[str, str] = {}
    allow: tuple[str, ...] = ()

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RouteNotFound(Refused):
    """No route has this path (unlike USER_NOT_FOUND, where the route exists)."""

    reason = "ROUTE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is nothing at this address.")


class MethodNotAllowed(Refused):
    """The path exists, but not for this method; allow names those that it has."""

    reason = "METHOD_NOT_ALLOWED"

    def __init__(self, allow: tuple[str, ...]) -> None:
        super().__init__("This address does not answer to that method.")
        self.allow = allow


class UnsupportedMediaType(Refused):
    """The body is, or may be, something other than plain JSON in UTF-8."""

    reason = "UNSUPPORTED_MEDIA_TYPE"


class InvalidField(Refused):
    """errors: a message for each field, by its name in the proto; `body` and `query` are whole."""

    reason = Reason.INVALID_FIELD

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("The request has fields that cannot be used.")
        self.errors = errors


class TokenInvalid(Refused):
    """The credentials could not even be passed on; the server refuses all other bad ones."""

    reason = Reason.TOKEN_INVALID


class OriginRefused(Refused):
    """Cookies would act for a page that is not ours, or that does not say whose it is."""

    reason = "ORIGIN_REFUSED"


class HeadersTooLarge(Refused):
    """More header fields, or more bytes of them, than the gateway reads (RFC 6585 section 5)."""

    reason = Reason.TOO_LARGE


class TargetTooLong(Refused):
    """The request target is longer than any of ours (RFC 9110 section 15.5.15)."""

    reason = Reason.TOO_LARGE


class BodyTooLarge(Refused):
    """The body is larger than any message of the contract (RFC 9110 section 15.5.14)."""

    reason = Reason.TOO_LARGE


class BodyTimeout(Refused):
    """The body did not arrive in time (RFC 9110 section 15.5.9)."""

    reason = "BODY_TIMEOUT"


class NotReady(Refused):
    """The server does not say that it is serving, or we stop; for readiness probes."""

    reason = "NOT_READY"
