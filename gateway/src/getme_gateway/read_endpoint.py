"""A GET route: it changes nothing, and may answer that nothing has changed (304)."""

from getme_gateway import caching
from getme_gateway.credentials import credential_of
from getme_gateway.http_messages import Request, Response
from getme_gateway.rpc_answer import RpcAnswer
from getme_gateway.rpc_call import IF_NONE_MATCH, RpcCall
from getme_gateway.transcoding.annotations import RpcRoute


class ReadEndpoint:
    """Answers the requests of one route."""

    def __init__(self, route: RpcRoute, call: RpcCall, answer: RpcAnswer) -> None:
        self._call = call
        self._answer = answer
        self._asks_with_etag = (
            IF_NONE_MATCH in route.rpc.input_type.fields_by_name and answer.server_can_compare
        )

    async def __call__(self, request: Request, path_values: list[bytes]) -> Response:
        """Raises getme.Error, Refused, Disconnected."""
        metadata = (*request.metadata, *credential_of(request).metadata)
        message = await self._call.message_of(request, path_values)
        held = caching.candidates_of(request) if self._answer.has_etag else None
        if held is not None and self._asks_with_etag:
            message.if_none_match = held.only()
        return self._answer.answer(await self._call.ask(request, message, metadata), held)
