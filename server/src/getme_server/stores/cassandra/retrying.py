"""What the driver may repeat by itself: a read, once, on the next node. Never a write.

The driver's own default repeats any request after a connection error, on every node, so that a
lightweight transaction or a counter can be applied twice (policies.py, on_request_error).
"""

from typing import Any

from cassandra.policies import RetryPolicy


class RetryReadsOnce(RetryPolicy):  # type: ignore[misc]  # the driver has no types
    """For statements that are marked idempotent: the next node once; all others: the error."""

    def on_read_timeout(self, query: Any, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        """The coordinator had no answer from enough replicas in time."""
        return self._next_host_once(query, retry_num)

    def on_unavailable(self, query: Any, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        """The coordinator knows too few replicas that are up; another may know more."""
        return self._next_host_once(query, retry_num)

    def on_request_error(self, query: Any, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        """The connection broke, or the node is overloaded or starting."""
        return self._next_host_once(query, retry_num)

    def on_write_timeout(self, *_: Any, **__: Any) -> tuple[int, None]:
        """The write may have been carried out or not; whoever sent it decides."""
        return self.RETHROW, None

    def _next_host_once(self, query: Any, retry_num: int) -> tuple[int, None]:
        again = retry_num == 0 and query.is_idempotent
        return (self.RETRY_NEXT_HOST if again else self.RETHROW), None
