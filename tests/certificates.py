"""Certificates with a key of a test's choice, signed by themselves."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
A_DAY = timedelta(days=1)


def self_signed(
    directory: Path,
    key: PrivateKey,
    address: str,
    *,
    traditional: bool = False,
    password: bytes | None = None,
) -> tuple[Path, Path]:
    """Files of a certificate for an IP address and of its key.

    traditional: as OpenSSL wrote keys before PKCS #8. password: what the key is encrypted with.
    """
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "getme in a test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - A_DAY)
        .not_valid_after(now + A_DAY)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256())
    )
    has_old_form = traditional and not isinstance(key, ed25519.Ed25519PrivateKey)
    files = directory / "self-signed.pem", directory / "self-signed.key"
    files[0].write_bytes(built.public_bytes(Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            Encoding.PEM,
            PrivateFormat.TraditionalOpenSSL if has_old_form else PrivateFormat.PKCS8,
            BestAvailableEncryption(password) if password else NoEncryption(),
        )
    )
    return files
