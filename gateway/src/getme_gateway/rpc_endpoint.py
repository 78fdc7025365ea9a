"""One route of the contract: HTTP request to RPC, its response to an HTTP answer.

Knows no route by name; what differs between them was read from their descriptors.
"""

import getme.aio
from getme.program.request_ids import REQUEST_ID_KEY
from getme_gateway import caching
from getme_gateway.credentials import authorization_metadata
from getme_gateway.disconnect import while_connected
from getme_gateway.http_messages import Request, Response
from getme_gateway.request_body import announces_body, read_body, require_json
from getme_gateway.rpc_answer import RpcAnswer
from getme_gateway.transcoding.annotations import RpcRoute
from getme_gateway.transcoding.request_decoding import RequestDecoder

CONDITION_FIELD = "if_none_match"


class RpcEndpoint:
    """Answers the requests of one route. timeout_seconds: how long the server may take."""

    def __init__(
        self,
        client: getme.aio.Client,
        route: RpcRoute,
        answer: RpcAnswer,
        *,
        timeout_seconds: float,
    ) -> None:
        self._client = client
        self._rpc = route.rpc
        self._decoder = RequestDecoder(route, headers={CONDITION_FIELD})
        self._answer = answer
        self._asks_with_etag = (
            CONDITION_FIELD in route.rpc.input_type.fields_by_name and answer.server_can_compare
        )
        self._timeout_seconds = timeout_seconds

    async def __call__(self, request: Request, path_values: list[bytes]) -> Response:
        """Raises getme.Error, Refused, Disconnected."""
        metadata = ((REQUEST_ID_KEY, request.request_id), *authorization_metadata(request))
        message = self._decoder.decode(path_values, request.query, await self._body(request))
        held = caching.candidates_of(request) if self._answer.has_etag else None
        if held is not None and self._asks_with_etag:
            message.if_none_match = held.only()
        call = self._client.call(
            self._rpc, message, metadata=metadata, timeout_seconds=self._timeout_seconds
        )
        return self._answer.answer(await while_connected(call, request.receive), held)

    async def _body(self, request: Request) -> bytes:
        """The body, empty where it means nothing; it is read even then, to see that it is whole."""
        if not announces_body(request):
            return b""
        if self._decoder.reads_body:
            require_json(request)
        body = await read_body(request)
        return body if self._decoder.reads_body else b""
