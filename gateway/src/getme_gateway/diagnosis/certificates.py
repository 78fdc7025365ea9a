"""TLS towards browsers: what cannot be used, what others can read, and what ends soon."""

from datetime import UTC, datetime

from getme.program.certificates import CertificateRefused
from getme.program.diagnosis.expiry import ends_soon
from getme.program.diagnosis.finding import Looked, broken
from getme.program.diagnosis.private_files import open_key
from getme_gateway.settings import GatewaySettings
from getme_gateway.wiring import certificate_files


def look_at_tls(settings: GatewaySettings) -> Looked:
    """The certificate of our own."""
    files = certificate_files(settings)
    if files is None:
        return Looked("off; browsers reach it in the clear, or through a proxy")
    try:
        certificate = files.certificate(files.contents(), now=datetime.now(UTC))
    except CertificateRefused as refused:
        return broken("certificate_unusable", refused, str(refused).partition(":")[0])
    return Looked(
        f"a certificate until {certificate.expires:%Y-%m-%d}",
        [
            *open_key(files.key.setting, files.key.path),
            *ends_soon(files.cert.setting, files.cert.path, certificate.expires),
        ],
    )
