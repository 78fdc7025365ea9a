"""A gRPC server with getme's limits: what it listens on, how it starts, how it ends."""

import threading

import grpc

from getme.program.ending import StopTimes
from getme.program.file_limit import room_for_connections
from getme.program.limits import MAX_REQUEST_BYTES
from getme_server.interceptors.admission import CallPool
from getme_server.interceptors.chain import Chain
from getme_server.servicers.health import Health
from getme_server.servicers.watching import Watching

# grpcio refuses at random between its soft and its hard limit, without a reason; equal, and well
# above the limit of our own (`interceptors/limits.py`), they never come into play for what we would
# answer.
_HARD_METADATA_BYTES = 128 * 1024
_PING_INTERVAL_MILLISECONDS = 5_000
_MAX_STREAMS = 1_000
_FOR_EVER = 2**31 - 1  # as gRPC says it
# Each thread reads the store by itself: of SQLite a database and its log, of Cassandra less.
_FILES_A_THREAD = 2
# What is loaded, keys and certificates, Redis, metrics and who reads them.
_OTHER_FILES = 128


def options(
    *, share_port: bool, max_connections: int, max_connection_age: float
) -> list[tuple[str, int]]:
    """Channel arguments (grpc_types.h). share_port: other workers listen on it too."""
    return [
        ("grpc.so_reuseport", int(share_port)),
        ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
        ("grpc.max_metadata_size", _HARD_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", _HARD_METADATA_BYTES),
        # On one connection: nobody opens streams without end, which hold no thread but memory.
        ("grpc.max_concurrent_streams", _MAX_STREAMS),
        # More are closed at once, and clients try another server or come back.
        ("grpc.max_allowed_incoming_connections", max_connections),
        # Idle clients ping each 12 s; by default, 300 s, the third ping has them cut off.
        ("grpc.http2.min_ping_interval_without_data_ms", _PING_INTERVAL_MILLISECONDS),
        ("grpc.keepalive_permit_without_calls", 1),
        # By default what is under way has for ever to end.
        ("grpc.max_connection_age_ms", _milliseconds(max_connection_age)),
    ]


def _milliseconds(age: float) -> int:
    return max(1, round(age * 1_000)) if age else _FOR_EVER


def grpc_server(
    pool: CallPool, chain: Chain, *, share_port: bool, max_connection_age: float = 0.0
) -> grpc.Server:
    """A server without services that listens nowhere yet.

    share_port: other workers listen on it too. max_connection_age: seconds until clients are told
    to connect anew (https://github.com/grpc/proposal/blob/master/A9-server-side-conn-mgt.md), 0
    for never.
    """
    own_files = _OTHER_FILES + _FILES_A_THREAD * pool.threads
    arguments = options(
        share_port=share_port,
        max_connections=room_for_connections(own_files),
        max_connection_age=max_connection_age,
    )
    return grpc.server(pool, interceptors=[chain], options=arguments)


def stop(server: grpc.Server, health: Health, watching: Watching, times: StopTimes) -> None:
    """Tells probes and watchers, goes on for the delay, and lets running calls finish.

    Calls that come when it is over are refused, and nobody can connect. grpcio cancels those that
    wait to be taken up just then (https://github.com/grpc/grpc/issues/41785), so clients send
    calls again that were CANCELLED as well.
    """
    health.drain()
    watching.drain()
    threading.Event().wait(times.delay_seconds)
    health.end()
    watching.end()
    server.stop(times.grace_seconds).wait()
