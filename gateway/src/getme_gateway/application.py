"""The ASGI application: what every request passes, whatever its route.

memory             the commonest request, where its answer is ready
log and metrics    outermost: they see what all the others answer
errors to answers  so that nothing inside answers an error by itself, and no bug gets out
limits             before anything looks at headers or the target
routes             the rest

Security headers and CORS are added to whatever answer comes out, errors included.
"""

from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

import getme
from getme_gateway import problem
from getme_gateway.access_log import AccessLog
from getme_gateway.cors import Cors
from getme_gateway.disconnect import Disconnected
from getme_gateway.http_messages import LAST_ANSWER, Headers, Request, Response
from getme_gateway.limits import refuse_unreadable
from getme_gateway.metrics import RequestMetrics
from getme_gateway.refusals import Refused
from getme_gateway.request_id import HEADER as REQUEST_ID_HEADER
from getme_gateway.request_id import new_request_id, request_id_of
from getme_gateway.rpc_answer import VersionedAnswer
from getme_gateway.security_headers import SecurityHeaders
from getme_gateway.shortcut import Shortcut

# nginx's number for a caller who left; it is logged and counted, nobody receives it.
_DISCONNECTED = Response(499)
_WITHOUT_BODY = frozenset({204, 304})
_START = "http.response.start"


class Application:
    """Answers HTTP requests.

    routes: from a request to its answer. shortcut: what may be answered before anything else.
    clock: as time.perf_counter.
    """

    def __init__(  # noqa: PLR0913  # its parts, from the outside in
        self,
        routes: Callable[[Request], Awaitable[Response]],
        *,
        shortcut: Shortcut,
        security: SecurityHeaders,
        cors: Cors,
        metrics: RequestMetrics,
        access_log: AccessLog,
        logger: FilteringBoundLogger,
        clock: Callable[[], float],
    ) -> None:
        self._routes = routes
        self._path_of_ready = shortcut.path
        self._ready: Callable[[Scope], VersionedAnswer | None] = shortcut.ready
        self._stops = False
        self._security = security
        self._cors = cors
        # What is ready has no page and no origin to look at; this is all that joins it.
        self._beside_ready = (*security.of_data, *cors.on_every_answer)
        self._metrics = metrics
        self._observe_ready = metrics.observer("GET", shortcut.path, 200)
        self._access_log = access_log
        self._logger = logger
        self._clock = clock

    def drain(self) -> None:
        """Asks all callers, with their next answer, to connect elsewhere."""
        self._stops = True
        self._ready = _nothing_ready  # it is made without that request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request (https://asgi.readthedocs.io/en/latest/specs/www.html)."""
        started = self._clock()
        ready = self._ready(scope)
        if ready is not None:
            # Nothing is made here that need not be: 2.5 of the 35 us that such an answer took.
            request_id = new_request_id()
            if ready.sent is None:
                ready.sent = _parts(ready.full, self._beside_ready)
            headers, body = ready.sent
            own = (REQUEST_ID_HEADER, request_id.encode())
            await send({"type": _START, "status": 200, "headers": [*headers, own]})
            await send(body)
            seconds = self._clock() - started
            self._observe_ready(seconds)
            if not self._access_log.leaves_out():
                request = Request(scope, receive)
                request.route, request.request_id = self._path_of_ready, request_id
                self._access_log.write(request, ready.full, seconds)
            return
        request = Request(scope, receive)
        response = await self._answer(request)
        await _send(request, response, self._beside(request, response), send)
        seconds = self._clock() - started
        self._metrics.observe(
            method=request.method,
            route=request.route,
            status=response.status,
            seconds=seconds,
            reason=response.reason,
        )
        self._access_log.write(request, response, seconds)

    def _beside(self, request: Request, response: Response) -> Headers:
        beside = (
            *self._security.beside(response.headers),
            *self._cors.on_every_answer,
            *self._cors.headers_for(request, response),
        )
        if self._stops and LAST_ANSWER not in response.headers:
            return (*beside, LAST_ANSWER)
        return beside

    async def _answer(self, request: Request) -> Response:
        try:
            request.request_id = request_id_of(request)
            refuse_unreadable(request)
            return await self._routes(request)
        except getme.Error as error:
            return problem.failed(error, request.request_id)
        except Refused as refusal:
            return problem.refused(refusal, request.request_id)
        except Disconnected:
            return _DISCONNECTED
        except Exception:  # the last resort: a bug must neither leak nor go unnoticed
            self._logger.exception("bug", request_id=request.request_id)
            return problem.internal(request.request_id)


def _nothing_ready(_scope: Scope) -> VersionedAnswer | None:
    return None


async def _send(request: Request, response: Response, beside: Headers, send: Send) -> None:
    headers, body = _parts(response, beside)
    own = (REQUEST_ID_HEADER, request.request_id.encode())
    await send({"type": _START, "status": response.status, "headers": [*headers, own]})
    await send({**body, "body": b""} if request.method == "HEAD" else body)


def _parts(response: Response, beside: Headers) -> tuple[Headers, Message]:
    """All headers but the request ID, and the message with the body."""
    headers = (*response.headers, *beside)
    if response.status not in _WITHOUT_BODY:
        headers = (*headers, (b"content-length", str(len(response.body)).encode()))
    return headers, {"type": "http.response.body", "body": response.body}
