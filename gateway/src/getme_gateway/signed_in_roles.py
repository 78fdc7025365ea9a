"""What a user who has just signed in may act as, asked with the token that was just issued.

For KillrVideo's web front end: it keeps the user of a sign-in's answer for a day without asking
again, and shows a moderator's pages by the roles in it.
"""

from collections.abc import Sequence

import getme.aio
from getme.v1.user_service_pb2 import GetMeRequest
from getme_gateway.http_messages import Request
from getme_gateway.rpc_answer import TOKEN, USER
from getme_gateway.transcoding.annotations import RpcRoute


def gives_user(route: RpcRoute) -> bool:
    """Whether the route's answers have a token and the user whose it is."""
    return all(name in route.rpc.output_type.fields_by_name for name in (TOKEN, USER))


class SignedInRoles:
    """Asks the server, as the user."""

    def __init__(self, client: getme.aio.Client, *, timeout_seconds: float) -> None:
        self._client = client
        self._timeout_seconds = timeout_seconds

    async def of(self, token: str, request: Request) -> Sequence[str] | None:
        """None where the server cannot say them now: the sign-in itself was good."""
        try:
            answer = await self._client.get_me_response(
                token,
                GetMeRequest(),
                metadata=request.metadata,
                timeout_seconds=self._timeout_seconds,
            )
        except getme.Error:
            return None
        return list(answer.response.roles)
