"""A connection that is not used is kept, so that the next call need not wait for another."""

import threading
from pathlib import Path

import grpc

from tests.servers.programs import start_server

# Less than getme's clients wait, so that the server sees in half a minute what it would see
# of them in more than one.
PING_MILLISECONDS = 5_200
PINGS = 6  # gRPC cuts off who has pinged too early three times
SECONDS = 10


def test_a_client_that_only_pings_is_kept(tmp_path: Path, people_database: str) -> None:
    options = [
        ("grpc.keepalive_time_ms", PING_MILLISECONDS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    is_lost = threading.Event()

    def changed(state: grpc.ChannelConnectivity) -> None:
        if ready.done() and state is not grpc.ChannelConnectivity.READY:
            is_lost.set()

    with (
        start_server(tmp_path, {"GETME_STORE": people_database, "GETME_WORKERS": "1"}) as server,
        grpc.insecure_channel(server.address, options=options) as channel,
    ):
        ready = grpc.channel_ready_future(channel)
        ready.result(SECONDS)
        channel.subscribe(changed)
        assert not is_lost.wait(PINGS * PING_MILLISECONDS / 1000)
        channel.unsubscribe(changed)
