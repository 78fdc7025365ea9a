"""Certificates for a test's cluster and its clients, made by a CA of their own."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Authority:
    """A CA whose files are in a directory.

    ca: its certificate. Those that it issues are two files each: NAME.pem and NAME.key.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._authority = trustme.CA()
        self.ca = directory / "ca.pem"
        self._authority.cert_pem.write_to_path(self.ca)

    def issue(self, name: str, *identities: str, expired: bool = False) -> tuple[Path, Path]:
        """Certificate and key for some addresses; the chain is in the first."""
        issued = self._authority.issue_cert(*identities, not_after=LONG_AGO if expired else None)
        certificate = self._directory / f"{name}.pem"
        key = self._directory / f"{name}.key"
        certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        key.write_bytes(_pkcs8(issued.private_key_pem.bytes()))
        return certificate, key

    def client_context(self, certificate: Path, key: Path) -> ssl.SSLContext:
        """What a client connects with that trusts this CA."""
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(certificate, key)
        return context


def _pkcs8(pem: bytes) -> bytes:
    key = load_pem_private_key(pem, password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
