"""One log line a request, without anything that a caller could hide a secret or a forgery in.

No path, query, header or token: the route's template, and the request ID to find the rest by.
"""

from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from getme_gateway.messages import Request, Response

LINES_PER_SECOND = 100  # beyond it only failures are told one by one
_FAILURE = 500


class AccessLog:
    """Writes the lines. monotonic: seconds, as time.monotonic."""

    def __init__(self, logger: FilteringBoundLogger, monotonic: Callable[[], float]) -> None:
        self._logger = logger
        self._monotonic = monotonic
        self._second = 0
        self._lines = 0
        self._left_out = 0

    def write(self, request: Request, response: Response, seconds: float) -> None:
        """A line for the answer, or none if this second has had its lines."""
        failure = response.status >= _FAILURE
        if not self._has_room() and not failure:
            self._left_out += 1
            return
        fields: dict[str, object] = {
            "request_id": request.request_id,
            "method": request.method,
            "route": request.route,
            "status": response.status,
            "duration_ms": round(seconds * 1000, 3),
        }
        if response.reason:
            fields["reason"] = response.reason
        if failure and response.cause:
            fields["cause"] = response.cause
        if self._left_out:
            fields["left_out"] = self._left_out
            self._left_out = 0
        (self._logger.error if failure else self._logger.info)("request", **fields)

    def _has_room(self) -> bool:
        second = int(self._monotonic())
        if second != self._second:
            self._second = second
            self._lines = 0
        self._lines += 1
        return self._lines <= LINES_PER_SECOND
