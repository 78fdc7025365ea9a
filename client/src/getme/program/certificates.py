"""A program's own certificate and its key: read from files, and checked before it relies on them.

What TLS libraries say of files that they cannot use is of little help: rustls ends the process,
gRPC refuses each handshake without a word. So nothing reaches them that was not read here, and
written again in the one form that they certainly take. Which settings name the files, the program
says.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
# What both rustls and BoringSSL sign with, and all clients know.
_RSA_BITS = range(2048, 4096 + 1)
_CURVES = (ec.SECP256R1, ec.SECP384R1)


class CertificateRefused(Exception):
    """A certificate or key cannot be used; the text names the setting and the file."""


@dataclass(frozen=True)
class NamedFile:
    """A file, and the setting that names it."""

    setting: str
    path: Path

    def content(self) -> bytes:
        """Raises CertificateRefused."""
        try:
            return self.path.read_bytes()
        except OSError as unreadable:
            reason = (unreadable.strerror or "it cannot be read").lower()
            raise CertificateRefused(
                f"{self.setting}: cannot read {self.path}: {reason}"
            ) from unreadable

    def certificates(self, content: bytes) -> list[x509.Certificate]:
        """Those in its content, one at least. Raises CertificateRefused."""
        try:
            return x509.load_pem_x509_certificates(content)
        except (ValueError, x509.InvalidVersion):
            raise CertificateRefused(
                f"{self.setting}: {self.path} has no certificates in PEM form"
            ) from None


@dataclass(frozen=True)
class Certificate:
    """A certificate chain and its key, PEM. expires: aware."""

    chain: bytes
    key: bytes
    expires: datetime


@dataclass(frozen=True)
class CertificateFiles:
    """Where the two are. takes_ed25519: whether those who connect know such certificates."""

    cert: NamedFile
    key: NamedFile
    takes_ed25519: bool

    def contents(self) -> tuple[bytes, bytes]:
        """The bytes of both files. Raises CertificateRefused."""
        return self.cert.content(), self.key.content()

    def certificate(self, contents: tuple[bytes, bytes], *, now: datetime) -> Certificate:
        """What the files hold, checked. contents: as contents() gives. now: aware.

        Raises CertificateRefused.
        """
        chain = self.cert.certificates(contents[0])
        key = self._private_key(contents[1])
        leaf = chain[0]
        if self._public_key(leaf) != key.public_key():
            raise CertificateRefused(
                f"{self.key.setting}: {self.key.path} is not the key of the first certificate in"
                f" {self.cert.path}"
            )
        if now >= leaf.not_valid_after_utc:
            raise CertificateRefused(
                f"{self.cert.setting}: {self.cert.path} expired on"
                f" {leaf.not_valid_after_utc:%Y-%m-%d}"
            )
        if now < leaf.not_valid_before_utc:
            raise CertificateRefused(
                f"{self.cert.setting}: {self.cert.path} is not valid before"
                f" {leaf.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"
            )
        return Certificate(
            b"".join(each.public_bytes(Encoding.PEM) for each in chain),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            leaf.not_valid_after_utc,
        )

    def _public_key(self, leaf: x509.Certificate) -> CertificatePublicKeyTypes:
        try:
            return leaf.public_key()
        except (ValueError, UnsupportedAlgorithm):
            raise CertificateRefused(
                f"{self.cert.setting}: {self.cert.path} is for a key of an unknown kind"
            ) from None

    def _private_key(self, content: bytes) -> _PrivateKey:
        named = f"{self.key.setting}: {self.key.path}"
        try:
            key = load_pem_private_key(content, password=None)
        except TypeError:
            raise CertificateRefused(
                f"{named} is encrypted; decrypt it with: openssl pkey -in {self.key.path}"
            ) from None
        except (ValueError, UnsupportedAlgorithm):
            raise CertificateRefused(f"{named} has no key in PEM form") from None
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size in _RSA_BITS:
            return key
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, _CURVES):
            return key
        if isinstance(key, ed25519.Ed25519PrivateKey) and self.takes_ed25519:
            return key
        kinds = "RSA of 2048 to 4096 bits, P-256 or P-384"
        raise CertificateRefused(
            f"{named} must be {kinds}{', or Ed25519' if self.takes_ed25519 else ''}"
        )
