"""The ASGI application: what every request passes, whatever its route.

memory             the commonest request, where its answer is ready
log and metrics    outermost: they see what all the others answer
errors to answers  so that nothing inside answers an error by itself, and no bug gets out
limits             before anything looks at headers or the target
routes             the rest
"""

from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

import getme
from getme_gateway import problem
from getme_gateway.access_log import AccessLog
from getme_gateway.disconnect import Disconnected
from getme_gateway.http_messages import Request, Response
from getme_gateway.limits import refuse_unreadable
from getme_gateway.metrics import RequestMetrics
from getme_gateway.refusals import Refused
from getme_gateway.request_id import HEADER as REQUEST_ID_HEADER
from getme_gateway.request_id import new_request_id, request_id_of
from getme_gateway.shortcut import Shortcut

# OWASP ASVS 5.0, 3.4: an answer is data, never a page, and tells other sites nothing.
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
)
# nginx's number for a caller who left; it is logged and counted, nobody receives it.
_DISCONNECTED = Response(499)
_WITHOUT_BODY = frozenset({204, 304})


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
        metrics: RequestMetrics,
        access_log: AccessLog,
        logger: FilteringBoundLogger,
        clock: Callable[[], float],
    ) -> None:
        self._routes = routes
        self._shortcut = shortcut
        self._metrics = metrics
        self._access_log = access_log
        self._logger = logger
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request (https://asgi.readthedocs.io/en/latest/specs/www.html)."""
        started = self._clock()
        ready = self._shortcut.ready(scope)
        request = Request(scope, receive)
        if ready is not None:
            request.route = self._shortcut.path
            request.request_id = new_request_id()
            response = ready.full
        else:
            response = await self._answer(request)
        await _send(request, response, send)
        seconds = self._clock() - started
        self._metrics.observe(
            method=request.method,
            route=request.route,
            status=response.status,
            seconds=seconds,
            reason=response.reason,
        )
        self._access_log.write(request, response, seconds)

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


async def _send(request: Request, response: Response, send: Send) -> None:
    headers = [
        *response.headers,
        *SECURITY_HEADERS,
        (REQUEST_ID_HEADER, request.request_id.encode()),
    ]
    if response.status not in _WITHOUT_BODY:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if request.method == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body})
