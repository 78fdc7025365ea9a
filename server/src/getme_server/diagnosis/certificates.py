"""TLS for gRPC: who can read along, and what will stop working soon."""

from datetime import UTC, datetime, timedelta

from getme.program.certificates import CertificateRefused
from getme_server.diagnosis.addresses import is_loopback
from getme_server.diagnosis.finding import Looked, broken, warning
from getme_server.diagnosis.private_files import is_open
from getme_server.settings import ServerSettings
from getme_server.wiring import server_certificate

_SOON = timedelta(days=30)  # time for a person who renews by hand


def look_at_tls(settings: ServerSettings) -> Looked:
    """How calls are protected on their way."""
    try:
        certificate = server_certificate(settings)
    except CertificateRefused as refused:
        return broken("certificate_unusable", refused, str(refused).partition(":")[0])
    if certificate is None or settings.tls_key is None:
        findings = []
        if not is_loopback(settings.listen.host):
            findings.append(
                warning(
                    "calls_in_clear",
                    f"tokens and e-mail addresses go in the clear to {settings.listen}; set"
                    " GETME_TLS_CERT and GETME_TLS_KEY",
                    "GETME_TLS_CERT",
                )
            )
        return Looked("off; GETME_LISTEN is reached from this machine only", findings)
    expires = certificate.current.certificate.expires
    findings = []
    if is_open(settings.tls_key):
        findings.append(
            warning(
                "tls_key_open",
                "GETME_TLS_KEY: others can read or change it; run: chmod 600"
                f" {settings.tls_key} (in Kubernetes: defaultMode: 0440)",
                "GETME_TLS_KEY",
            )
        )
    if expires - datetime.now(UTC) < _SOON:
        findings.append(
            warning(
                "certificate_ends_soon",
                f"GETME_TLS_CERT: {settings.tls_cert} expires on {expires:%Y-%m-%d}; renew it",
                "GETME_TLS_CERT",
            )
        )
    clients = "clients show theirs" if certificate.asks_clients else "clients show nothing"
    return Looked(f"a certificate until {expires:%Y-%m-%d}; {clients}", findings)
