"""The two addresses that are listened on: whether they can be had, and what they show to whom."""

import ipaddress
import socket
import ssl
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from urllib.request import urlopen

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from grpc_health.v1 import health_pb2

from getme.program.certificates import CertificateRefused
from getme.program.listening import ClaimedAddress, PortRefused
from getme.program.settings import ListenAddress
from getme_server.diagnosis.finding import Finding, Looked, broken, note, warning
from getme_server.settings import ServerSettings
from getme_server.wiring import server_certificate

_LOOK_SECONDS = 2.0
_CHECK_USER_SERVICE = health_pb2.HealthCheckRequest(
    service="getme.v1.UserService"
).SerializeToString()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    return _port(settings.listen, "GETME_LISTEN", partial(_is_getme, settings), findings)


def look_at_metrics(settings: ServerSettings) -> Looked:
    """Where metrics are shown."""
    address = settings.metrics_listen
    findings = []
    if not is_loopback(address.host):
        findings.append(
            note(
                "metrics_exposed",
                f"whoever reaches {address} reads how much is called and refused, in the clear; let"
                " only Prometheus reach it (deploy/kubernetes/network.yaml)",
                "GETME_METRICS_LISTEN",
            )
        )
    return _port(address, "GETME_METRICS_LISTEN", _is_getmes_metrics, findings)


def _port(
    address: ListenAddress,
    setting: str,
    look_for_getme: Callable[[ListenAddress], bool],
    findings: list[Finding],
) -> Looked:
    try:
        ClaimedAddress(address, setting=setting).release()
    except PortRefused as refused:
        if look_for_getme(address):
            return Looked(f"a getme-server answers at {address}", findings)
        return broken("address_refused", refused, setting)
    return Looked(f"{address} is free", findings)


def _is_getme(settings: ServerSettings, address: ListenAddress) -> bool:
    """Whether a getme-server answers calls there, in whatever health."""
    if settings.tls_cert is not None:
        return _shows_our_certificate(settings, address)
    with grpc.insecure_channel(address) as channel:
        check: grpc.UnaryUnaryMultiCallable[bytes, bytes]
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            check(_CHECK_USER_SERVICE, timeout=_LOOK_SECONDS)
        except grpc.RpcError:
            return False
    return True


def _shows_our_certificate(settings: ServerSettings, address: ListenAddress) -> bool:
    """Whether who listens there has the certificate that the settings name.

    Nothing is said to them, and nothing that they say is believed, but the handshake proves that
    they have its key.
    """
    try:
        certificate = server_certificate(settings)
    except CertificateRefused:
        return False
    if certificate is None:
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    ours = x509.load_pem_x509_certificates(certificate.current.certificate.chain)[0]
    try:
        with (
            socket.create_connection((address.host, address.port), _LOOK_SECONDS) as plain,
            context.wrap_socket(plain) as secured,
        ):
            return secured.getpeercert(binary_form=True) == ours.public_bytes(Encoding.DER)
    except OSError:
        return False


def _is_getmes_metrics(address: ListenAddress) -> bool:
    """Whether a getme-server shows its metrics there."""
    try:
        with urlopen(f"http://{address}/metrics", timeout=_LOOK_SECONDS) as metrics:
            return b"grpc_server_started" in metrics.read()
    except (OSError, HTTPException):
        return False
