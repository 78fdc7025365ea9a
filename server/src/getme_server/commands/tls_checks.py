"""What `doctor` says of TLS: who can read along, and what will stop working soon."""

import ipaddress
import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from getme.program.settings import ListenAddress
from getme_server.commands.account_checks import UnsafeError
from getme_server.settings import ServerSettings
from getme_server.wiring import server_certificate

_SOON = timedelta(days=30)  # time for a person who renews by hand


def tls(settings: ServerSettings) -> str:
    """How calls are protected on their way. Raises UnsafeError, and CertificateRefused."""
    certificate = server_certificate(settings)
    if certificate is None or settings.tls_key is None:
        if not _is_loopback(settings.listen.host):
            raise UnsafeError(
                f"tokens and e-mail addresses go in the clear to {settings.listen}; set"
                " GETME_TLS_CERT and GETME_TLS_KEY"
            )
        return "off; GETME_LISTEN is reached from this machine only"
    expires = certificate.current.certificate.expires
    faults = []
    if _is_open(settings.tls_key):
        faults.append(
            f"GETME_TLS_KEY: others can read or change it; run: chmod 600 {settings.tls_key}"
            " (in Kubernetes: defaultMode: 0440)"
        )
    if expires - datetime.now(UTC) < _SOON:
        faults.append(
            f"GETME_TLS_CERT: {settings.tls_cert} expires on {expires:%Y-%m-%d}; renew it"
        )
    if faults:
        raise UnsafeError("; ".join(faults))
    clients = "clients show theirs" if certificate.asks_clients else "clients show nothing"
    return f"a certificate until {expires:%Y-%m-%d}; {clients}"


def shows_our_certificate(settings: ServerSettings, address: ListenAddress, seconds: float) -> bool:
    """Whether who listens there has the certificate that the settings name.

    Nothing is said to them, and nothing that they say is believed, but the handshake proves that
    they have its key.
    """
    certificate = server_certificate(settings)
    if certificate is None:
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    ours = x509.load_pem_x509_certificates(certificate.current.certificate.chain)[0]
    try:
        with (
            socket.create_connection((address.host, address.port), seconds) as plain,
            context.wrap_socket(plain) as secured,
        ):
            return secured.getpeercert(binary_form=True) == ours.public_bytes(Encoding.DER)
    except OSError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_open(key: Path) -> bool:
    return bool(key.stat().st_mode & (stat.S_IWGRP | stat.S_IRWXO))
