"""Who makes a request, for FastAPI and Starlette: `current_user`.

    viewer = current_user(client, roles={"viewer"})

    @app.get("/videos")  # FastAPI
    async def videos(user: Annotated[User, Depends(viewer)]) -> ...

    async def videos(request: Request) -> Response:  # Starlette
        user = await viewer(request)

Refusals are problem details (RFC 9457) of the same shape as getme's own gateway gives. Importing
this module imports neither framework.
"""

import inspect
from collections.abc import Callable, Collection, Coroutine, MutableMapping
from functools import cache
from typing import Any, Protocol, TypeAlias

from getme.caller_rules import (
    bearer_token,
    check_roles,
    required_roles,
    token_invalid,
    told_to_caller,
)
from getme.client import Client
from getme.errors import Error
from getme.http_refusal import HttpRefusal, http_refusal_of
from getme.user import User

_HEADER = b"authorization"
_COOKIE_HEADER = b"cookie"
# Where Starlette keeps an application's handlers: by class, and by status.
_HANDLERS = "starlette.exception_handlers"


class AsyncClient(Protocol):
    """The part of getme.aio.Client that is needed here."""

    @property
    def get_me(self) -> Callable[[str], Coroutine[Any, Any, User]]:
        """Answers the user that a token was issued to, or raises getme.Error."""
        ...


class Connection(Protocol):
    """The part of Starlette's Request and WebSocket that is needed here: the ASGI scope."""

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope."""
        ...


ClientSource: TypeAlias = AsyncClient | Callable[[], AsyncClient]


def current_user(
    client: ClientSource, roles: Collection[str] = (), *, cookie: str | None = None
) -> "CurrentUser":
    """Answers who makes a request: a dependency of FastAPI, a function to await in Starlette.

    client: a getme.aio.Client, or a function that gives it at each request, for a client that
    does not exist before the application starts. roles: what a caller must have, each of them; a
    moderator is a creator too, and a creator a viewer. Empty: whoever getme answers gets in.
    cookie: the name of a cookie that may bring the token instead of the Authorization header;
    browsers send it from foreign pages too, unless it is set with SameSite. Raises ValueError for
    an unknown role, TypeError for a client that would block the event loop.
    """
    if isinstance(client, Client):
        raise TypeError("getme.asgi needs a getme.aio.Client")
    return CurrentUser(client, required_roles(roles), cookie)


class CurrentUser:
    """What `current_user` makes. Call it with the request: FastAPI does so by itself."""

    def __init__(self, client: ClientSource, roles: frozenset[str], cookie: str | None) -> None:
        self._client = client
        self._roles = roles
        self._cookie = None if cookie is None else cookie.encode("ascii")

    async def __call__(self, connection: Connection) -> User:
        """The user. Raises Starlette's HTTPException, which becomes the answer, for others."""
        try:
            user = await self._get_me()(self._token(connection.scope["headers"]))
            check_roles(user, self._roles)
        except Error as error:
            raise _answering(http_refusal_of(told_to_caller(error)), connection.scope) from None
        return user

    @property
    def __signature__(self) -> inspect.Signature:
        """Tells FastAPI, which reads it when a route is added, what to call this with."""
        from starlette.requests import HTTPConnection  # noqa: PLC0415  # there, if FastAPI is

        name, kind = "connection", inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(name, kind, annotation=HTTPConnection)])

    def _get_me(self) -> Callable[[str], Coroutine[Any, Any, User]]:
        client: Any = self._client
        if not hasattr(client, "get_me"):
            client = client()
        get_me: Callable[[str], Coroutine[Any, Any, User]] = client.get_me
        return get_me

    def _token(self, headers: Collection[tuple[bytes, bytes]]) -> str:
        """The one token of a request. Raises Unauthenticated."""
        values: list[str | bytes] = [
            value.decode("latin-1") for name, value in headers if name == _HEADER
        ]
        cookies = [] if self._cookie is None else _cookies(headers, self._cookie)
        if not cookies:
            return bearer_token(values)
        tokens = {value.decode("latin-1") for value in cookies}
        if values:
            tokens.add(bearer_token(values))
        # Two that differ: one was set by somebody else, and nobody can say which.
        if len(cookies) > 1 or len(tokens) > 1:
            raise token_invalid()
        return tokens.pop()


def _cookies(headers: Collection[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    """The values of all cookies of that name (RFC 6265 section 4.2.1)."""
    pairs = [
        pair.strip(b" \t").partition(b"=")
        for name, value in headers
        if name == _COOKIE_HEADER
        for pair in value.split(b";")
    ]
    return [value for name, _, value in pairs if name == wanted]


def _answering(refusal: HttpRefusal, scope: MutableMapping[str, Any]) -> Exception:
    """An exception that Starlette turns into exactly this answer.

    Starlette's own handler for its class would do with status and headers, but with a body of
    another shape; so ours is entered among the application's, unless that has one already.
    """
    refused = _exception_class()
    by_class, _by_status = scope.get(_HANDLERS, ({}, {}))
    by_class.setdefault(refused, _response)
    exception: Exception = refused(refusal)
    return exception


def _response(_connection: Any, exception: Any) -> Any:
    from starlette.responses import Response  # noqa: PLC0415  # as above

    refusal: HttpRefusal = exception.refusal
    return Response(refusal.body, refusal.status, dict(refusal.headers))


@cache
def _exception_class() -> Any:
    from starlette.exceptions import HTTPException  # noqa: PLC0415  # as above

    class Refused(HTTPException):
        """A request that is refused, with all that the answer holds."""

        def __init__(self, refusal: HttpRefusal) -> None:
            super().__init__(refusal.status, refusal.detail, dict(refusal.headers))
            self.refusal = refusal

    return Refused
