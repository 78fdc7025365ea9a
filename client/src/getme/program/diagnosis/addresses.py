"""Addresses that are listened on: whether they can be had, who has them, and who reaches them."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from http.client import HTTPException
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from getme.program.diagnosis.finding import Finding, Looked, broken, note
from getme.program.listening import ClaimedAddress, PortRefused
from getme.program.settings import ListenAddress

LOOK_SECONDS = 2.0


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def look_at_port(
    address: ListenAddress,
    setting: str,
    findings: Sequence[Finding],
    *,
    program: str,
    is_there: Callable[[ListenAddress], bool],
) -> Looked:
    """Whether the address can be had, or the program is_there already."""
    try:
        ClaimedAddress(address, setting=setting).release()
    except PortRefused as refused:
        if is_there(address):
            return Looked(f"a {program} answers at {address}", findings)
        return broken("address_refused", refused, setting)
    return Looked(f"{address} is free", findings)


def look_at_metrics(address: ListenAddress, setting: str, *, program: str, metric: str) -> Looked:
    """Where metrics are shown. metric: part of a name that only this program's have."""

    def shows_them(there: ListenAddress) -> bool:
        try:
            with urlopen(f"http://{there}/metrics", timeout=LOOK_SECONDS) as metrics:
                return metric.encode() in metrics.read()
        except (OSError, HTTPException):
            return False

    findings = []
    if not is_loopback(address.host):
        findings.append(
            note(
                "metrics_exposed",
                f"whoever reaches {address} reads how much is called and refused, in the clear; let"
                " only Prometheus reach it (deploy/kubernetes/network.yaml)",
                setting,
            )
        )
    return look_at_port(address, setting, findings, program=program, is_there=shows_them)


def shows_certificate(address: ListenAddress, chain: bytes, *, protocol: str) -> bool:
    """Whether who listens there has that certificate. chain: PEM. protocol: as in ALPN.

    Nothing is said to them, and nothing that they say is believed, but the handshake proves that
    they have its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    ours = x509.load_pem_x509_certificates(chain)[0]
    try:
        with (
            socket.create_connection((address.host, address.port), LOOK_SECONDS) as plain,
            context.wrap_socket(plain) as secured,
        ):
            return secured.getpeercert(binary_form=True) == ours.public_bytes(Encoding.DER)
    except OSError:
        return False
