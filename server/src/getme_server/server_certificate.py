"""What the server shows of itself over TLS, and who may sign the certificates of its clients.

Handed to worker processes as it was last good, so that a worker that starts while the files are
broken shows what the others show.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from getme.program.certificates import (
    Certificate,
    CertificateFiles,
    CertificateRefused,
    NamedFile,
)


class _Contents(NamedTuple):
    """The bytes of the files; client_ca is empty where there is none."""

    pair: tuple[bytes, bytes]
    client_ca: bytes


class Shown(NamedTuple):
    """What is in use. client_ca: PEM; None where clients show nothing."""

    certificate: Certificate
    client_ca: bytes | None


class ServerCertificate:
    """Files, and what they held when they could last be used. Read by any thread.

    current: that; another object after each change.
    """

    def __init__(self, cert: Path, key: Path, client_ca: Path | None) -> None:
        """Raises CertificateRefused."""
        self._files = CertificateFiles(
            NamedFile("GETME_TLS_CERT", cert),
            NamedFile("GETME_TLS_KEY", key),
            takes_ed25519=False,  # tried: gRPC's own clients end the handshake
        )
        self._client_ca = client_ca and NamedFile("GETME_TLS_CLIENT_CA", client_ca)
        self._refused = ""
        self._seen = self._contents()
        self.current = self._checked(self._seen)

    @property
    def asks_clients(self) -> bool:
        """Whether a client must show a certificate (mutual TLS)."""
        return self._client_ca is not None

    def look(self) -> bool:
        """Whether the files have changed since the last look; `current` is what they hold then.

        For one thread at a time. Raises CertificateRefused, once for each fault, for files that
        cannot be used. Those are read again each time, unlike what is in use: their day may be yet
        to come.
        """
        try:
            contents = self._contents()
            if contents == self._seen and not self._refused:
                return False
            self.current = self._checked(contents)
            self._seen = contents
        except CertificateRefused as refused:
            if str(refused) == self._refused:
                return False
            self._refused = str(refused)
            raise
        self._refused = ""
        return True

    def _contents(self) -> _Contents:
        client_ca = self._client_ca.content() if self._client_ca else b""
        return _Contents(self._files.contents(), client_ca)

    def _checked(self, contents: _Contents) -> Shown:
        if self._client_ca:
            self._client_ca.certificates(contents.client_ca)
        certificate = self._files.certificate(contents.pair, now=datetime.now(UTC))
        return Shown(certificate, contents.client_ca if self._client_ca else None)
