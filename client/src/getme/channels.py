"""How both forms of the client connect to the server: the options of their gRPC channels.

The kernel spreads connections over the server's workers (SO_REUSEPORT), not calls, so one
channel would use one worker only.
"""

import json

import grpc

from getme.targets import Servers
from getme.tls import Credentials

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
MAX_METADATA_BYTES = 64 * 1024
# gRPC waits up to 120 s between attempts: a server that was away for a minute stayed away.
INITIAL_RECONNECT_MILLISECONDS = 100
MAX_RECONNECT_MILLISECONDS = 1_000
# A connection whose other end is gone or frozen is given up after 17 s at most. The server permits
# a ping every 5 s; the rest is for pings that were held up.
_PING_MILLISECONDS = 12_000
_PING_TIMEOUT_MILLISECONDS = 5_000

_READING = ("GetMe", "GetUser", "BatchGetUsers")
# Reading calls may be sent twice; two attempts, because the server's own RetryInfo asks for
# more patience than a call has (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
# A server that stops cancels what it has not yet taken up
# (https://github.com/grpc/grpc/issues/41785).
_RETRIES = {
    "methodConfig": [
        {
            "name": [{"service": "getme.v1.UserService", "method": name} for name in _READING],
            "retryPolicy": {
                "maxAttempts": 2,
                "initialBackoff": "0.05s",
                "maxBackoff": "0.2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        }
    ]
}
# Each connection has a stream on which its server says whether it can answer
# (https://github.com/grpc/proposal/blob/master/A17-client-side-health-checking.md). Not where there
# is one server: its own answer to a call says more.
_SPREADING = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "healthCheckConfig": {"serviceName": ""},
}
# A name is looked up again when a server is gone; gRPC's own least pause is 30 s.
_LOOK_UP_MILLISECONDS = 2_000


def channel_options(number: int, servers: Servers | None = None) -> list[tuple[str, int | str]]:
    """Options of one of several channels; number keeps gRPC from sharing their connections.

    servers: None for one.
    """
    is_spread = servers is not None and servers.are_several
    service_config = _RETRIES | (_SPREADING if is_spread else {})
    authority = servers and servers.authority
    return [
        *([("grpc.default_authority", authority)] if authority else []),
        ("grpc.service_config", json.dumps(service_config)),
        ("grpc.dns_min_time_between_resolutions_ms", _LOOK_UP_MILLISECONDS),
        ("grpc.initial_reconnect_backoff_ms", INITIAL_RECONNECT_MILLISECONDS),
        ("grpc.max_reconnect_backoff_ms", MAX_RECONNECT_MILLISECONDS),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.keepalive_time_ms", _PING_MILLISECONDS),
        ("grpc.keepalive_timeout_ms", _PING_TIMEOUT_MILLISECONDS),
        ("grpc.keepalive_permit_without_calls", 1),
        # gRPC pings to measure the connection, too, waits a minute for that, and sends no keepalive
        # ping meanwhile. Our messages are small: there is nothing to measure.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.ping_timeout_ms", _PING_TIMEOUT_MILLISECONDS),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.use_local_subchannel_pool", 1),
        ("getme.channel", number),
    ]


def open_channel(servers: Servers, credentials: Credentials | None, number: int) -> grpc.Channel:
    """A channel to the servers. credentials: None for a connection in the clear."""
    options = channel_options(number, servers)
    if credentials is None:
        return grpc.insecure_channel(servers.target(), options=options)
    return grpc.secure_channel(servers.target(), credentials(), options=options)
