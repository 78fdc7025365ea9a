"""Protects another gRPC service: a call gets in only with a token that getme accepts.

    server = grpc.server(pool, interceptors=[CurrentUser(getme.Client(address), roles={"viewer"})])

and in a handler `current_user(context)` says who calls. Refusals have the status and the details
that getme's own server gives. A stream is checked when it begins.
"""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator
from concurrent.futures import wait
from contextlib import aclosing
from typing import Any, NamedTuple, NoReturn, Protocol, overload

import grpc
import grpc.aio

from getme import aio
from getme.caller_rules import bearer_token, check_roles, required_roles, told_to_caller
from getme.errors import DeadlineExceeded, Error
from getme.grpc_handlers import Behaviour, CheckedHandlers
from getme.grpc_refusal import Refusal, refusal_of
from getme.user import User

# Probes and tools have no token. `/*`: all methods of the service.
OPEN_METHODS = frozenset(
    {
        "/grpc.health.v1.Health/*",
        "/grpc.reflection.v1.ServerReflection/*",
        "/grpc.reflection.v1alpha.ServerReflection/*",
    }
)

_KEY = "authorization"
_METHOD_NAME = re.compile(r"/[^/\s]+/[^/\s]+")
_ADMITTED = "_getme_admitted"
_LOOK_SECONDS = 1.0  # how often a thread looks whether the loop that it waits for is there still
_NO_DEADLINE_SECONDS = 365 * 86_400.0  # grpc.server gives a call without one some aeons


class Client(Protocol):
    """The part of getme.Client that is needed here."""

    @property
    def get_me(self) -> Callable[[str], User]:
        """Answers the user that a token was issued to, or raises getme.Error."""
        ...


class AsyncClient(Protocol):
    """The part of getme.aio.Client that is needed here."""

    @property
    def get_me(self) -> Callable[[str], Coroutine[Any, Any, User]]:
        """The same with await."""
        ...


@overload
def CurrentUser(
    client: AsyncClient, roles: Collection[str] = ..., *, open_methods: Collection[str] = ...
) -> grpc.aio.ServerInterceptor: ...
@overload
def CurrentUser(
    client: Client, roles: Collection[str] = ..., *, open_methods: Collection[str] = ...
) -> grpc.ServerInterceptor: ...
def CurrentUser(  # noqa: N802  # a constructor in all but this: the client chooses the class
    client: Any, roles: Collection[str] = (), *, open_methods: Collection[str] = ()
) -> Any:
    """An interceptor for `grpc.server`; with a getme.aio.Client, for `grpc.aio.server`.

    roles: what a caller must have, each of them; a moderator is a creator too, and a creator a
    viewer. Empty: whoever getme answers gets in. open_methods: full names
    (`/package.Service/Method`, or `/package.Service/*`) of methods that need no token, besides
    health and reflection. Raises ValueError for an unknown role and for what is no such name.
    """
    rules = _Rules(required_roles(roles), _method_names(open_methods) | OPEN_METHODS)
    if isinstance(client, aio.Client) or inspect.iscoroutinefunction(client.get_me):
        return _AsyncInterceptor(client, rules)
    return _Interceptor(client, rules)


def current_user(context: Any) -> User:
    """Who makes this call. Raises LookupError in a method that is open."""
    return _admitted(context).user


def forwarding_metadata(context: Any) -> tuple[tuple[str, str], ...]:
    """The caller's token as metadata, for calls to further services in the caller's name.

    Raises LookupError in a method that is open.
    """
    return ((_KEY, f"Bearer {_admitted(context).token}"),)


def seconds_left(context: Any) -> float | None:
    """Until the caller's deadline, for the same calls as `timeout`; None where it set none.

    0 where it has passed.
    """
    remaining: float | None = context.time_remaining()
    if remaining is None or remaining > _NO_DEADLINE_SECONDS:
        return None
    return max(remaining, 0.0)


class _Admitted(NamedTuple):
    user: User
    token: str


class _Rules(NamedTuple):
    roles: frozenset[str]
    open_methods: frozenset[str]

    def is_open(self, method: str) -> bool:
        service = method[: method.rfind("/")]
        return method in self.open_methods or f"{service}/*" in self.open_methods


class _DeadlinePassed(Exception):
    """The caller does not wait any more."""


class _Interceptor(grpc.ServerInterceptor):
    """For grpc.server, whose handlers run in threads."""

    def __init__(self, client: Any, rules: _Rules) -> None:
        self._client = client
        self._rules = rules
        self._handlers = CheckedHandlers(self._checked)
        # A stand-in for the client, in somebody's tests, need not know it.
        self._takes_timeout = "timeout_seconds" in inspect.signature(client.get_me).parameters

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The handler of a method behind the check, None (UNIMPLEMENTED) where there is none."""
        inner = continuation(handler_call_details)
        method = handler_call_details.method
        if inner is None or self._rules.is_open(method):
            return inner
        return self._handlers.around(inner, method)

    def _checked(self, inner: Behaviour, _streams: bool) -> Behaviour:
        def behaviour(request: Any, context: Any, *send: Any) -> Any:
            return inner(request, self._admit(context), *send)

        return behaviour

    def _admit(self, context: Any) -> Any:
        try:
            admitted = self._ask(context)
        except (Error, _DeadlinePassed) as failed:
            _abort(context, failed)
        return _attached(context, admitted)

    def _ask(self, context: Any) -> _Admitted:
        token = _token(context)
        seconds = _seconds_to_ask(context)
        bound = {"timeout_seconds": seconds} if self._takes_timeout else {}
        try:
            user = self._client.get_me(token, **bound)
        except DeadlineExceeded:
            _seconds_to_ask(context)
            raise
        check_roles(user, self._rules.roles)
        return _Admitted(user, token)


class _AsyncInterceptor(grpc.aio.ServerInterceptor):
    """For grpc.aio.server, which runs handlers that are no coroutines in threads."""

    def __init__(self, client: Any, rules: _Rules) -> None:
        self._client = client
        self._rules = rules
        self._handlers = CheckedHandlers(self._checked)

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The handler of a method behind the check, None (UNIMPLEMENTED) where there is none."""
        inner = await continuation(handler_call_details)
        method = handler_call_details.method
        if inner is None or self._rules.is_open(method):
            return inner
        return self._handlers.around(inner, method)

    def _checked(self, inner: Behaviour, streams: bool) -> Behaviour:
        if inspect.iscoroutinefunction(inner):  # one that answers, or one that writes a stream

            async def behaviour(request: Any, context: Any) -> Any:
                return await inner(request, await self._admit(context))

            return behaviour
        if inspect.isasyncgenfunction(inner):

            async def generator(request: Any, context: Any) -> AsyncIterator[Any]:
                async with aclosing(inner(request, await self._admit(context))) as answers:
                    async for answer in answers:
                        yield answer

            return generator
        return self._checked_in_thread(inner, streams)

    def _checked_in_thread(self, inner: Behaviour, streams: bool) -> Behaviour:
        loop = asyncio.get_running_loop()

        def admit(context: Any) -> Any:
            try:
                admitted = _outcome(self._ask(context), loop)
            except (Error, _DeadlinePassed) as failed:
                _abort(context, failed)
            return _attached(context, admitted)

        def behaviour(request: Any, context: Any) -> Any:
            return inner(request, admit(context))

        # A generator, because grpc.aio calls it in the loop, and only takes its steps in threads.
        def generator(request: Any, context: Any) -> Iterator[Any]:
            yield from inner(request, admit(context))

        return generator if streams else behaviour

    async def _admit(self, context: Any) -> Any:
        try:
            admitted = await self._ask(context)
        except (Error, _DeadlinePassed) as failed:
            refusal = _refusal(failed)
            _add_trailing(context, refusal)
            await context.abort(refusal.code, refusal.text)
        return _attached(context, admitted)

    async def _ask(self, context: Any) -> _Admitted:
        token = _token(context)
        try:
            async with asyncio.timeout(_seconds_to_ask(context)) as limit:
                user = await self._client.get_me(token)
        except TimeoutError:
            if not limit.expired():
                raise
            raise _DeadlinePassed from None
        check_roles(user, self._rules.roles)
        return _Admitted(user, token)


def _outcome(asking: Coroutine[Any, Any, _Admitted], loop: asyncio.AbstractEventLoop) -> _Admitted:
    """Waits in a thread. Raises CancelledError where the loop ended without a look at it."""
    asked = asyncio.run_coroutine_threadsafe(asking, loop)
    while not wait([asked], _LOOK_SECONDS).done:
        if loop.is_closed() and asked.cancel():
            asking.close()
            break
    return asked.result()


class _CallContext:
    """A context of grpc.aio, whose own take no attributes, with one more."""

    def __init__(self, context: Any, admitted: _Admitted) -> None:
        self._context = context
        setattr(self, _ADMITTED, admitted)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


def _attached(context: Any, admitted: _Admitted) -> Any:
    """The context to go on with, which knows who calls.

    Kept at the call's own context, which no other call can see and nobody has to clear, unlike a
    context variable of a pooled thread.
    """
    try:
        setattr(context, _ADMITTED, admitted)
    except AttributeError:
        return _CallContext(context, admitted)
    return context


def _admitted(context: Any) -> _Admitted:
    admitted: _Admitted | None = getattr(context, _ADMITTED, None)
    if admitted is None:
        raise LookupError("nobody was asked who calls: the method is open, or not protected at all")
    return admitted


def _method_names(names: Collection[str]) -> frozenset[str]:
    """Raises ValueError for what is no full name of a method."""
    for name in names:
        if not _METHOD_NAME.fullmatch(name):
            raise ValueError(f"open_methods has names as /package.Service/Method, not {name!r}")
    return frozenset(names)


def _token(context: Any) -> str:
    """Raises Unauthenticated where there is not exactly one."""
    metadata = context.invocation_metadata() or ()
    return bearer_token([value for key, value in metadata if key == _KEY])


def _seconds_to_ask(context: Any) -> float | None:
    """As seconds_left. Raises _DeadlinePassed."""
    seconds = seconds_left(context)
    if seconds == 0:
        raise _DeadlinePassed
    return seconds


def _refusal(failed: Error | _DeadlinePassed) -> Refusal:
    if isinstance(failed, _DeadlinePassed):
        return Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, "the call's deadline passed")
    return refusal_of(told_to_caller(failed))


def _abort(context: Any, failed: Error | _DeadlinePassed) -> NoReturn:
    refusal = _refusal(failed)
    _add_trailing(context, refusal)
    context.abort(refusal.code, refusal.text)
    raise AssertionError("abort raises")


def _add_trailing(context: Any, refusal: Refusal) -> None:
    """Keeps what interceptors further out have set; a thread's context of grpc.aio hides that."""
    before: Any = getattr(context, "trailing_metadata", tuple)() or ()
    context.set_trailing_metadata((*before, *refusal.trailing))
