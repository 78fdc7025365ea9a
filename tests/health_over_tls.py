"""A gRPC server behind TLS that knows nothing but that it is serving."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from grpc_health.v1 import health, health_pb2_grpc

from tests.servers.cassandra_certificates import Authority


@contextmanager
def health_over_tls(authority: Authority, *, wants_client: bool) -> Iterator[str]:
    """Its address. wants_client: whether clients must show a certificate of the same CA."""
    cert, key = authority.issue("server", "localhost")
    credentials = grpc.ssl_server_credentials(
        [(key.read_bytes(), cert.read_bytes())],
        root_certificates=authority.ca.read_bytes() if wants_client else None,
        require_client_auth=wants_client,
    )
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)
        port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        yield f"localhost:{port}"
        server.stop(None).wait()
