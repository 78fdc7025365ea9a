"""GET of the caller's own user: from the client's memory where that may be used, else asked."""

from datetime import timedelta

import getme.aio
from getme.v1.user_service_pb2 import GetMeRequest
from getme_gateway import caching
from getme_gateway.credentials import credential_of
from getme_gateway.disconnect import while_connected
from getme_gateway.http_messages import Request, Response
from getme_gateway.read_endpoint import ReadEndpoint
from getme_gateway.rpc_answer import RpcAnswer, VersionedAnswer
from getme_gateway.rpc_call import RpcCall

GET_ME = "getme.v1.UserService.GetMe"


class RememberedEndpoint:
    """Answers GetMe's route. asking: what answers where the token itself is not plain to see."""

    def __init__(
        self,
        client: getme.aio.Client,
        call: RpcCall,
        answer: RpcAnswer,
        asking: ReadEndpoint,
        *,
        timeout_seconds: float,
    ) -> None:
        self._client = client
        self._call = call
        self._answer = answer
        self._asking = asking
        self._timeout_seconds = timeout_seconds

    async def __call__(self, request: Request, path_values: list[bytes]) -> Response:
        """Raises getme.Error, Refused, Disconnected."""
        token = credential_of(request).token
        if not token:
            return await self._asking(request, path_values)
        message: GetMeRequest = await self._call.message_of(request, path_values)
        remembered = self._client.recall(token, _max_staleness(message))
        if remembered is None:
            remembered = await while_connected(
                self._client.get_me_response(
                    token,
                    message,
                    metadata=request.metadata,
                    timeout_seconds=self._timeout_seconds,
                ),
                request.receive,
            )
        versioned: VersionedAnswer | None = remembered.extra
        if versioned is None:
            versioned = remembered.extra = self._answer.versioned(remembered.response)
        return versioned.to(caching.candidates_of(request))


def _max_staleness(message: GetMeRequest) -> timedelta | None:
    return message.max_staleness.ToTimedelta() if message.HasField("max_staleness") else None
