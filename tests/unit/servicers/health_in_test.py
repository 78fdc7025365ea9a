"""Health of a real gRPC server with getme's chain around it, as probes and clients see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.server import grpc_server
from getme_server.servicers.health import Health

SERVICE = "test.Test"
SECONDS = 10.0  # long enough for any machine; nothing here waits that long
LIFE_SECONDS = 120.0  # of a watch; no test takes as long


class Probed(NamedTuple):
    """A server, and a connection to it."""

    health: Health
    address: str
    channel: grpc.Channel

    @property
    def stub(self) -> Any:  # its stubs are untyped
        """What asks over the one connection."""
        return health_pb2_grpc.HealthStub(self.channel)

    def check(self, service: str = "") -> int:
        """The status of a service. Raises grpc.RpcError."""
        request = health_pb2.HealthCheckRequest(service=service)
        status: int = self.stub.Check(request, timeout=SECONDS).status
        return status

    def watch(self, service: str = "") -> Any:
        """A new stream."""
        request = health_pb2.HealthCheckRequest(service=service)
        return self.stub.Watch(request, timeout=LIFE_SECONDS)

    def store_is_away(self) -> None:
        """As the store's watch tells."""
        self.health.tell(False)  # noqa: FBT003  # its only argument

    def store_is_back(self) -> None:
        """Likewise."""
        self.health.tell(True)  # noqa: FBT003  # its only argument


@contextmanager
def probed() -> Iterator[Probed]:
    """A running server whose store answers, as far as it has been told."""
    health = Health([SERVICE])
    pool = CallPool(1, max_calls=10)
    admission = Admission(pool)
    chain = Chain([ErrorTranslation()], admission)
    server = grpc_server(pool, chain, share_port=False)
    health.add_to(server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    with grpc.insecure_channel(address) as channel:
        probed = Probed(health, address, channel)
        probed.store_is_back()
        yield probed
    health.end()
    server.stop(None).wait(SECONDS)
    pool.shutdown()
    admission.refusal_pool.shutdown()
