"""One RPC as a route calls it: an HTTP request to its message, the message to the server.

Knows no RPC by name; what differs between them was read from their descriptors.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

import getme.aio
from getme.calls import Metadata
from getme_gateway.disconnect import while_connected
from getme_gateway.http_messages import Request
from getme_gateway.request_body import announces_body, read_body, require_json
from getme_gateway.transcoding.annotations import RpcRoute
from getme_gateway.transcoding.request_decoding import RequestDecoder

IF_NONE_MATCH = "if_none_match"
EXPECTED_ETAG = "expected_etag"
# Fields that HTTP has headers for; the mask, since over REST a field that is given is to be
# changed; and what only a program can mean that follows the feed.
NOT_FROM_CONTENT = (IF_NONE_MATCH, EXPECTED_ETAG, "update_mask", "remember")


class RpcCall:
    """Calls the RPC of one route. Raises ContractError.

    timeout_seconds: how long the server may take. defaults: of fields that a request does not
    name.
    """

    def __init__(
        self,
        client: getme.aio.Client,
        route: RpcRoute,
        *,
        timeout_seconds: float,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self._client = client
        self._rpc = route.rpc
        self._decoder = RequestDecoder(route, without=NOT_FROM_CONTENT, defaults=defaults)
        self._timeout_seconds = timeout_seconds

    async def message_of(self, request: Request, path_values: list[bytes]) -> Any:
        """The RPC's request. Raises Refused."""
        return self._decoder.decode(path_values, request.query, await self._body(request))

    def ask(self, request: Request, message: Any, metadata: Metadata) -> Awaitable[Any]:
        """The RPC's response. Raises getme.Error, and Disconnected if the caller leaves first."""
        call = self._client.call(
            self._rpc, message, metadata=metadata, timeout_seconds=self._timeout_seconds
        )
        return while_connected(call, request.receive)

    async def _body(self, request: Request) -> bytes:
        """The body, empty where it means nothing; it is read even then, to see that it is whole."""
        if not announces_body(request):
            return b""
        if self._decoder.reads_body:
            require_json(request)
        body = await read_body(request)
        return body if self._decoder.reads_body else b""
