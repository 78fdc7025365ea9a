"""Our certificate and its key: read from files, and checked before anything relies on them.

granian's TLS (rustls) ends the whole process where it cannot use what it is given, so nothing
reaches it that was not read here, and written again in the one form that it certainly takes.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

CERT_SETTING = "GETME_GATEWAY_TLS_CERT"
KEY_SETTING = "GETME_GATEWAY_TLS_KEY"

_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
# What rustls can sign with; the curves also because browsers know no others.
_RSA_BITS = range(2048, 4096 + 1)
_CURVES = (ec.SECP256R1, ec.SECP384R1)


class TlsRefused(Exception):
    """A certificate or key cannot be used; the text names the setting and the file."""


@dataclass(frozen=True)
class TlsPair:
    """A certificate chain and its key, PEM. expires: aware."""

    chain: bytes
    key: bytes
    expires: datetime


@dataclass(frozen=True)
class TlsFiles:
    """Where the pair is."""

    cert: Path
    key: Path

    def contents(self) -> tuple[bytes, bytes]:
        """The bytes of both files. Raises TlsRefused."""
        return _read(CERT_SETTING, self.cert), _read(KEY_SETTING, self.key)

    def pair(self, contents: tuple[bytes, bytes], *, now: datetime) -> TlsPair:
        """What the files hold, checked. contents: as contents() gives. Raises TlsRefused."""
        chain = self._chain(contents[0])
        key = self._private_key(contents[1])
        leaf = chain[0]
        if leaf.public_key() != key.public_key():
            raise TlsRefused(
                f"{KEY_SETTING}: {self.key} is not the key of the first certificate in {self.cert}"
            )
        if now >= leaf.not_valid_after_utc:
            raise TlsRefused(
                f"{CERT_SETTING}: {self.cert} expired on {leaf.not_valid_after_utc:%Y-%m-%d}"
            )
        return TlsPair(
            b"".join(each.public_bytes(Encoding.PEM) for each in chain),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            leaf.not_valid_after_utc,
        )

    def _chain(self, content: bytes) -> list[x509.Certificate]:
        try:
            return x509.load_pem_x509_certificates(content)
        except ValueError:
            raise TlsRefused(
                f"{CERT_SETTING}: {self.cert} has no certificates in PEM form"
            ) from None

    def _private_key(self, content: bytes) -> _PrivateKey:
        try:
            key = load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it is encrypted
            raise TlsRefused(
                f"{KEY_SETTING}: {self.key} has no key in PEM form, not encrypted"
            ) from None
        usable = (
            (isinstance(key, rsa.RSAPrivateKey) and key.key_size in _RSA_BITS)
            or (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, _CURVES))
            or isinstance(key, ed25519.Ed25519PrivateKey)
        )
        if not usable:
            raise TlsRefused(
                f"{KEY_SETTING}: {self.key} must be RSA of 2048 to 4096 bits, P-256, P-384 or"
                " Ed25519"
            )
        return key  # type: ignore[return-value]  # one of these three


def _read(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as unreadable:
        reason = (unreadable.strerror or "it cannot be read").lower()
        raise TlsRefused(f"{setting}: cannot read {path}: {reason}") from unreadable
