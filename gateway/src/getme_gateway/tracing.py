"""A span for each request, child of the caller's where it names one, and parent of the server's.

With HTTP's semantic conventions (https://opentelemetry.io/docs/specs/semconv/http/http-spans/): the
route's template, never the path, the query or a header. Imported only where tracing is on, and then
around parts that know nothing of it.
"""

from collections.abc import Awaitable, Callable
from http import HTTPMethod, HTTPStatus

from opentelemetry.trace import Span, get_current_span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from getme.calls import Metadata
from getme.current_trace import TRACEPARENT_KEY, TRACESTATE_KEY
from getme.program.trace_context import parent_of, state_to_pass_on
from getme.program.tracing import REQUEST_ID, Tracing, has_failed
from getme_gateway import health
from getme_gateway.http_messages import NO_ROUTE, Request, Response
from getme_gateway.request_id import HEADER as REQUEST_ID_HEADER
from getme_gateway.rpc_answer import VersionedAnswer
from getme_gateway.shortcut import Shortcut

Routes = Callable[[Request], Awaitable[Response]]

# Probes ask every few seconds, and answer nobody's request.
_PROBES = frozenset(template.text.encode() for template in (health.ALIVE, health.READY))
_METHODS = frozenset(HTTPMethod)
_OTHER_METHOD = "_OTHER"  # of the conventions, since a caller may send any
_OTHER_NAME = "HTTP"
_START = "http.response.start"
_METHOD = "http.request.method"


class RequestSpans:
    """Puts spans around the parts of a gateway."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        self.close = tracing.close

    def of_application(self, application: ASGIApp) -> ASGIApp:
        """The application, each request of which has a span, probes aside."""

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["raw_path"] in _PROBES:
                await application(scope, receive, send)
                return
            method = scope["method"]
            known = method in _METHODS
            attributes = {_METHOD: method if known else _OTHER_METHOD}
            parent = parent_of(_values(scope["headers"], TRACEPARENT_KEY))
            name = method if known else _OTHER_NAME
            with self._tracing.serving(name, parent, attributes) as span:

                async def told(message: Message) -> None:
                    if message["type"] == _START:
                        _tell_answer(span, message)
                    await send(message)

                await application(scope, receive, told if span.is_recording() else send)

        return traced

    def of_routes(self, routes: Routes) -> Routes:
        """The routes, from which the span has its name. The client tells the server of the span."""

        async def traced(request: Request) -> Response:
            request.trace_state = _state(request)
            try:
                return await routes(request)
            finally:
                _name(request.method, request.route)

        return traced

    def of_shortcut(self, shortcut: Shortcut) -> Shortcut:
        """The shortcut, whose answers are seen by no route."""
        return _NamingShortcut(shortcut)


class _NamingShortcut(Shortcut):
    def __init__(self, shortcut: Shortcut) -> None:
        super().__init__(shortcut.path, shortcut.recall)

    def ready(self, scope: Scope) -> VersionedAnswer | None:
        ready = super().ready(scope)
        if ready is not None:
            _name(HTTPMethod.GET, self.path)
        return ready


def _state(request: Request) -> Metadata:
    """The caller's tracestate, which is never in a span: a caller writes there what it likes."""
    if parent_of(_values(request.headers, TRACEPARENT_KEY)) is None:
        return ()  # W3C, section 3.3: then it is not even read
    state = state_to_pass_on(_values(request.headers, TRACESTATE_KEY))
    return ((TRACESTATE_KEY, state),) if state else ()


def _name(method: str, route: str) -> None:
    """Names the span of the request by its route, of which there are few."""
    span = get_current_span()
    if route != NO_ROUTE and span.is_recording():
        span.update_name(f"{method if method in _METHODS else _OTHER_NAME} {route}")
        span.set_attribute("http.route", route)


def _tell_answer(span: Span, start: Message) -> None:
    status: int = start["status"]
    span.set_attribute("http.response.status_code", status)
    for name, value in start["headers"]:
        if name == REQUEST_ID_HEADER:
            span.set_attribute(REQUEST_ID, value.decode("ascii"))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        has_failed(span, str(status))


def _values(headers: list[tuple[bytes, bytes]], name: str) -> list[str]:
    wanted = name.encode()
    return [value.decode("latin-1") for key, value in headers if key == wanted]
