"""The two addresses that are listened on: whether they can be had, and what they show to whom."""

from functools import partial

import grpc
from grpc_health.v1 import health_pb2

from getme.health_check import HEALTH_CHECK
from getme.program import diagnosis
from getme.program.certificates import CertificateRefused
from getme.program.diagnosis.addresses import (
    LOOK_SECONDS,
    is_loopback,
    look_at_port,
    shows_certificate,
)
from getme.program.diagnosis.finding import Looked, warning
from getme.program.settings import ListenAddress
from getme_server.settings import ServerSettings
from getme_server.wiring import server_certificate

_PROGRAM = "getme-server"
_CHECK_USER_SERVICE = health_pb2.HealthCheckRequest(
    service="getme.v1.UserService"
).SerializeToString()


def look_at_calls(settings: ServerSettings) -> Looked:
    """Where calls are answered."""
    findings = []
    if settings.reflection and not is_loopback(settings.listen.host):
        findings.append(
            warning(
                "reflection_exposed",
                f"gRPC reflection tells all methods to whoever reaches {settings.listen}; set"
                " GETME_REFLECTION=off where that is production",
                "GETME_REFLECTION",
            )
        )
    is_there = partial(_is_getme, settings)
    return look_at_port(
        settings.listen, "GETME_LISTEN", findings, program=_PROGRAM, is_there=is_there
    )


def look_at_metrics(settings: ServerSettings) -> Looked:
    """Where metrics are shown."""
    return diagnosis.addresses.look_at_metrics(
        settings.metrics_listen,
        "GETME_METRICS_LISTEN",
        program=_PROGRAM,
        metric="grpc_server_started",
    )


def _is_getme(settings: ServerSettings, address: ListenAddress) -> bool:
    """Whether a getme-server answers calls there, in whatever health."""
    if settings.tls_cert is not None:
        try:
            certificate = server_certificate(settings)
        except CertificateRefused:
            return False
        return certificate is not None and shows_certificate(
            address, certificate.current.certificate.chain, protocol="h2"
        )
    with grpc.insecure_channel(address) as channel:
        check: grpc.UnaryUnaryMultiCallable[bytes, bytes]
        check = channel.unary_unary(HEALTH_CHECK)
        try:
            check(_CHECK_USER_SERVICE, timeout=LOOK_SECONDS)
        except grpc.RpcError:
            return False
    return True
