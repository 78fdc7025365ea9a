"""Probes find grpcio's own health service behind the drop-in, without a token."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from getme.grpc_interceptor import CurrentUser
from tests.unit.dropins.scripted_clients import SECONDS, ScriptedClient


def test_health_can_be_asked_and_watched_without_a_token() -> None:
    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(1) as health_pool:
        server = grpc.server(pool, interceptors=[CurrentUser(ScriptedClient())])
        servicer = health.HealthServicer(
            experimental_non_blocking=True, experimental_thread_pool=health_pool
        )
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub: Any = health_pb2_grpc.HealthStub(channel)  # its stubs name no methods
                request = health_pb2.HealthCheckRequest()
                serving = health_pb2.HealthCheckResponse.SERVING
                assert stub.Check(request, timeout=SECONDS).status == serving
                watching = stub.Watch(request, timeout=SECONDS)
                assert next(watching).status == serving
                watching.cancel()
        finally:
            server.stop(None).wait()
