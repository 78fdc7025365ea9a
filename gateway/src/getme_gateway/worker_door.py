"""What one worker of the HTTP server serves: the application, until the worker is to end.

From then on each answer ends its connection, and so callers come back to the worker that took its
place. A connection that nobody uses stays: whoever closed it might lose a request that is on its
way, and a POST is not sent again.
"""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from getme_gateway.http_messages import LAST_ANSWER


class WorkerDoor:
    """An application as one worker reaches it."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._enter = application

    # Not a coroutine around the other one: most requests are answered in 35 us.
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serves one request."""
        return self._enter(scope, receive, send)

    def show_out(self) -> None:
        """Asks all callers, with their next answer, to connect anew."""
        self._enter = self._answer_for_the_last_time

    async def _answer_for_the_last_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_last(message: Message) -> None:
            if "headers" in message and LAST_ANSWER not in message["headers"]:
                message = {**message, "headers": [*message["headers"], LAST_ANSWER]}
            await send(message)

        await self._application(scope, receive, send_last)
