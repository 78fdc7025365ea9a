"""Whether the gateway runs, and whether asking it makes sense: for orchestrators.

Apart on purpose: a gateway whose server is down must not be restarted, only left alone.
"""

import getme.aio
from getme_gateway import caching
from getme_gateway.http_messages import Request, Response
from getme_gateway.refusals import NotReady
from getme_gateway.transcoding.path_templates import parse_template

ALIVE = parse_template("/healthz")
READY = parse_template("/readyz")
READY_TIMEOUT_SECONDS = 1.0  # orchestrators give a probe that long by default
BODY = b'{"status":"ok"}'  # where all is well

_OK = Response(200, ((b"content-type", b"application/json"), *caching.no_store()), BODY)


async def alive(_request: Request, _path_values: list[bytes]) -> Response:
    """200 while the process can answer at all."""
    return _OK


class Ready:
    """200 while the server says that it is serving (grpc.health.v1), else NotReady."""

    def __init__(self, client: getme.aio.Client) -> None:
        self._client = client
        self._stops = False

    def drain(self) -> None:
        """NotReady from now on, however the server is."""
        self._stops = True

    async def __call__(self, _request: Request, _path_values: list[bytes]) -> Response:
        """Raises NotReady."""
        if self._stops:
            raise NotReady("The gateway stops.")
        if await self._client.serving(timeout_seconds=READY_TIMEOUT_SECONDS):
            return _OK
        raise NotReady("The server is not serving.")
