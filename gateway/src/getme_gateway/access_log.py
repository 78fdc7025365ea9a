"""One log line a request, without anything that a caller could hide a secret or a forgery in.

No path, query, header or token: the route's template, and the request ID to find the rest by.
Lines have a budget each second, so that neither load nor an outage fills the disk; faults of the
gateway or the server (500, 502) are always logged.
"""

from collections.abc import Callable
from http import HTTPStatus

from structlog.typing import FilteringBoundLogger

from getme.program.line_budget import LineBudget
from getme_gateway.http_messages import Request, Response

_FAULTS = frozenset({HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY})


class AccessLog:
    """Writes the lines. monotonic: seconds, as time.monotonic."""

    def __init__(self, logger: FilteringBoundLogger, monotonic: Callable[[], float]) -> None:
        self._logger = logger
        self._budget = LineBudget(monotonic)
        self.leaves_out = self._budget.is_spent  # no line for the next success; none need be made

    def write(self, request: Request, response: Response, seconds: float) -> None:
        """A line for the answer, or none if this second has had its lines."""
        left_out = 0 if response.status in _FAULTS else self._budget.take()
        if left_out is None:
            return
        fields: dict[str, object] = {
            "request_id": request.request_id,
            "method": request.method,
            "route": request.route,
            "status": response.status,
            "duration_ms": round(seconds * 1000, 3),
        }
        if response.user_id:
            fields["user_id"] = response.user_id
        if response.reason:
            fields["reason"] = response.reason
        failure = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if failure and response.cause:
            fields["cause"] = response.cause
        if left_out:
            fields["lines_left_out"] = left_out
        (self._logger.error if failure else self._logger.info)("request", **fields)
