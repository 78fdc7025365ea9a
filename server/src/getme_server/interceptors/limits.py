"""How much metadata a call may carry.

grpcio's own limits are a coin flip between its soft and hard limit, so they are set well above
this one (see `server.py`) and the answer is always the same: TOO_LARGE, with its reason.
"""

from collections.abc import Callable
from typing import Any

import grpc
from grpc_interceptor import ServerInterceptor

from getme.program.limits import MAX_METADATA_BYTES
from getme_server.errors import TooLarge

# RFC 9113 section 10.5.1 counts 32 bytes for each field besides its name and value.
FIELD_OVERHEAD_BYTES = 32


class MetadataLimit(ServerInterceptor):
    """Refuses calls whose metadata is larger than max_bytes."""

    def __init__(self, max_bytes: int = MAX_METADATA_BYTES) -> None:
        self._max_bytes = max_bytes

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,  # noqa: ARG002  # the signature is grpc-interceptor's
    ) -> Any:
        """Raises TooLarge."""
        metadata = context.invocation_metadata() or ()
        size = FIELD_OVERHEAD_BYTES * len(metadata)
        for key, value in metadata:
            size += len(key) + len(value)
        if size > self._max_bytes:
            raise TooLarge(f"the metadata of a call may have {self._max_bytes} bytes")
        return method(request_or_iterator, context)
