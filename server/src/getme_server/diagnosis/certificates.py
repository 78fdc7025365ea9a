"""TLS for gRPC: who can read along, and what will stop working soon."""

from getme.program.certificates import CertificateRefused
from getme.program.diagnosis.addresses import is_loopback
from getme.program.diagnosis.expiry import ends_soon
from getme.program.diagnosis.finding import Looked, broken, warning
from getme.program.diagnosis.private_files import open_key
from getme_server.settings import ServerSettings
from getme_server.wiring import server_certificate


def look_at_tls(settings: ServerSettings) -> Looked:
    """How calls are protected on their way."""
    try:
        certificate = server_certificate(settings)
    except CertificateRefused as refused:
        return broken("certificate_unusable", refused, str(refused).partition(":")[0])
    if certificate is None or settings.tls_cert is None or settings.tls_key is None:
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
    findings = [
        *open_key("GETME_TLS_KEY", settings.tls_key),
        *ends_soon("GETME_TLS_CERT", settings.tls_cert, expires),
    ]
    clients = "clients show theirs" if certificate.asks_clients else "clients show nothing"
    return Looked(f"a certificate until {expires:%Y-%m-%d}; {clients}", findings)
