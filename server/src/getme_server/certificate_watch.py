"""Takes up a changed certificate while the server runs, and keeps the last good one otherwise.

gRPC asks for news before each handshake: connections that are there go on with what they began
with.
"""

import grpc
import structlog

from getme.program.certificates import CertificateRefused
from getme_server.file_watch import FileWatch
from getme_server.server_certificate import ServerCertificate, Shown

_log = structlog.get_logger()


class CertificateWatch(FileWatch):
    """Keeps a certificate in step with its files."""

    def __init__(self, certificate: ServerCertificate) -> None:
        super().__init__("certificate-watch")
        self._certificate = certificate

    def look(self) -> None:
        """Takes up what has changed; says in one line what cannot be used."""
        try:
            is_new = self._certificate.look()
        except CertificateRefused as refused:
            _log.error("tls_refused", reason=str(refused))
            return
        if is_new:
            expires = self._certificate.current.certificate.expires
            _log.info("tls_loaded", expires=expires.isoformat())


def server_credentials(certificate: ServerCertificate) -> grpc.ServerCredentials:
    """What gRPC shows, and asks of clients: at each handshake what is current then."""
    given = certificate.current

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        nonlocal given
        newest = certificate.current
        if newest is given:
            return None  # no news
        given = newest
        return _configuration(newest)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(given),
        fetch,  # type: ignore[arg-type]  # None is documented for no news
        require_client_authentication=certificate.asks_clients,
    )


def _configuration(shown: Shown) -> grpc.ServerCertificateConfiguration:
    pair = (shown.certificate.key, shown.certificate.chain)
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=shown.client_ca)
