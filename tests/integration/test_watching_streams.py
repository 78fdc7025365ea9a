"""A watching stream is counted and logged once, when it is over, as it ended."""

import json
import time
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme.v1.user_service_pb2 import WatchInvalidationsRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.scraping import shown
from tests.servers.programs import Program, start_server
from tests.waiting import until

STREAMS = 3
SECONDS = 60.0
METHODS = {
    "Watch": "/grpc.health.v1.Health/Watch",
    "WatchInvalidations": "/getme.v1.UserService/WatchInvalidations",
}


def watch(channel: grpc.Channel, method: str) -> Any:
    """A stream that has begun."""
    if method == "Watch":
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs are untyped
        stream = health.Watch(health_pb2.HealthCheckRequest(), timeout=SECONDS)
    else:
        request = WatchInvalidationsRequest()
        stream = UserServiceStub(channel).WatchInvalidations(request, timeout=SECONDS)
    next(stream)
    return stream


def ended(server: Program, method: str) -> dict[str, float]:
    """What the metrics say: how many streams have ended, all in all and by code."""
    names = {"grpc_method": method}
    codes = ("OK", "CANCELLED", "UNAVAILABLE")
    counts = {
        code: shown(server, "grpc_server_handled_total", grpc_code=code, **names) for code in codes
    }
    counts["all"] = shown(server, "grpc_server_handling_seconds_count", **names)
    return {name: count for name, count in counts.items() if count}


def lines_of(server: Program, method: str) -> list[dict[str, Any]]:
    """What the access log says of it."""
    read = [json.loads(line) for line in server.lines if METHODS[method] in line]
    return [line for line in read if line["event"] == "call"]


def test_streams_are_handled_when_they_are_over(tmp_path: Path, people_database: str) -> None:
    with (
        start_server(tmp_path, {"GETME_STORE": people_database}) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        streams = {
            method: [watch(channel, method) for _ in range(STREAMS + 1)] for method in METHODS
        }
        begun = time.monotonic()
        for method in METHODS:
            started = shown(server, "grpc_server_started_total", grpc_method=method)
            assert (started, ended(server, method)) == (STREAMS + 1, {})
        held_milliseconds = (time.monotonic() - begun) * 1_000
        for method in METHODS:
            for stream in streams[method][:STREAMS]:
                stream.cancel()
            for_good = {"CANCELLED": STREAMS, "all": STREAMS}
            assert until(lambda: ended(server, method) == for_good)  # noqa: B023  # called at once
        assert server.stop() == 0
        for method in METHODS:
            lines = lines_of(server, method)
            codes = [line["code"] for line in lines]
            assert codes == ["CANCELLED"] * STREAMS + ["UNAVAILABLE"]
            assert min(line["duration_ms"] for line in lines) > held_milliseconds
