"""How both forms of the client reach the server: channel options, metadata, several channels.

The kernel spreads connections over the server's workers (SO_REUSEPORT), not calls, so one
channel would use one worker only.
"""

import json
import re
from datetime import timedelta

from getme.errors import ErrorDetails, Unauthenticated
from getme.reasons import Reason
from getme.v1.user_service_pb2 import GetMeRequest

DEFAULT_TIMEOUT_SECONDS = 5.0
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")  # a token's characters and no others: no spaces
MAX_METADATA_BYTES = 64 * 1024
# gRPC waits up to 120 s between attempts: a server that was away for a minute stayed away.
INITIAL_RECONNECT_MILLISECONDS = 100
MAX_RECONNECT_MILLISECONDS = 1_000

# Reading calls may be sent twice; two attempts, because the server's own RetryInfo asks for
# more patience than a call has (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
_SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [{"service": "getme.v1.UserService"}],
            "retryPolicy": {
                "maxAttempts": 2,
                "initialBackoff": "0.05s",
                "maxBackoff": "0.2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


def channel_options(number: int) -> list[tuple[str, int | str]]:
    """Options of one of several channels; number keeps gRPC from sharing their connections."""
    return [
        ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
        ("grpc.initial_reconnect_backoff_ms", INITIAL_RECONNECT_MILLISECONDS),
        ("grpc.max_reconnect_backoff_ms", MAX_RECONNECT_MILLISECONDS),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.use_local_subchannel_pool", 1),
        ("getme.channel", number),
    ]


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata that carries a token (RFC 6750 section 2.1).

    Raises Unauthenticated for text that no header can carry, as the server would of any bad token.
    """
    if not _VISIBLE_ASCII.fullmatch(token):
        raise Unauthenticated(
            "the token is not valid", reason=Reason.TOKEN_INVALID, details=ErrorDetails()
        )
    return (("authorization", f"Bearer {token}"),)


def get_me_request(max_staleness: timedelta | None) -> GetMeRequest:
    """A request for the caller's own user, at most max_staleness old."""
    request = GetMeRequest()
    if max_staleness is not None:
        request.max_staleness.FromTimedelta(max_staleness)
    return request
