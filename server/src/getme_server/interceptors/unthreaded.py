"""A stream that holds no thread, as an interceptor is given it: to begin it is all that it does."""

from collections.abc import Callable
from typing import Any

import grpc

Send = Callable[[bytes | None], None]


class Unthreaded:
    """What begins such a stream, and returns at once. Its context tells when the stream is over.

    behaviour: what grpcio would call. send: what grpcio would give it.
    """

    def __init__(self, behaviour: Callable[..., Any], send: Send) -> None:
        self._behaviour = behaviour
        self._send = send

    def __call__(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Begins it, or raises what refuses it."""
        return self._behaviour(request, context, self._send)
