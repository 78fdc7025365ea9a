"""Which certificates and keys a program takes, and what it says of the others."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from getme.program.certificates import CertificateFiles, CertificateRefused, NamedFile
from tests.servers.cassandra_certificates import Authority

NOW = datetime.now(UTC)
# In DER, as it is in a certificate of ours, and as nobody knows it (RFC 5280 section 4.1).
UNKNOWN = {
    "version": (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"),
    "algorithm": (b"\x2a\x86\x48\xce\x3d\x02\x01", b"\x2a\x86\x48\xce\x3d\x02\x7f"),
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good pair, `server`, and files that are no use."""
    directory = tmp_path_factory.mktemp("tls")
    authority = Authority(directory)
    _, key = authority.issue("server", "127.0.0.1")
    authority.issue("other", "127.0.0.1")
    authority.issue("old", "127.0.0.1", expired=True)
    (directory / "text").write_text("neither")
    good = load_pem_private_key(key.read_bytes(), None)
    (directory / "encrypted").write_bytes(
        good.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    )
    der = load_pem_x509_certificate((directory / "server.pem").read_bytes()).public_bytes(
        Encoding.DER
    )
    for name, (known, unknown) in UNKNOWN.items():
        assert der.count(known) == 1
        text = base64.encodebytes(der.replace(known, unknown)).decode()
        (directory / name).write_text(
            f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
        )
    odd: dict[str, PrivateKeyTypes] = {
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "p521": ec.generate_private_key(ec.SECP521R1()),
        "rsa1024": rsa.generate_private_key(65_537, 1_024),  # noqa: S505  # what is refused
    }
    for name, key_of_kind in odd.items():
        (directory / name).write_bytes(
            key_of_kind.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    return directory


def files_in(directory: Path, cert: str, key: str, *, takes_ed25519: bool) -> CertificateFiles:
    return CertificateFiles(
        NamedFile("THE_CERT", directory / cert),
        NamedFile("THE_KEY", directory / key),
        takes_ed25519=takes_ed25519,
    )


def test_a_pair_that_can_be_used_is_read_with_its_end(directory: Path) -> None:
    files = files_in(directory, "server.pem", "server.key", takes_ed25519=False)
    certificate = files.certificate(files.contents(), now=NOW)
    assert certificate.chain.count(b"BEGIN CERTIFICATE") >= 1
    assert b"BEGIN PRIVATE KEY" in certificate.key
    assert certificate.expires > NOW


KINDS = "must be RSA of 2048 to 4096 bits, P-256 or P-384"
REFUSED = {
    "missing certificate": ("missing", "server.key", "THE_CERT: cannot read {}/missing: no such"),
    "missing key": ("server.pem", "missing", "THE_KEY: cannot read {}/missing: no such"),
    "certificate that is none": ("text", "server.key", "THE_CERT: {}/text has no certificates in"),
    "key that is none": ("server.pem", "text", "THE_KEY: {}/text has no key in PEM form"),
    "encrypted key": ("server.pem", "encrypted", "THE_KEY: {}/encrypted is encrypted; decrypt it"),
    "key of another": ("server.pem", "other.key", "THE_KEY: {}/other.key is not the key of the"),
    "expired": ("old.pem", "old.key", "THE_CERT: {}/old.pem expired on 2020-01-01"),
    "unknown version": ("version", "server.key", "THE_CERT: {}/version has no certificates in"),
    "unknown kind of key": ("algorithm", "server.key", "THE_CERT: {}/algorithm is for a key of an"),
    "Ed25519": ("server.pem", "ed25519", f"THE_KEY: {{}}/ed25519 {KINDS}"),
    "P-521": ("server.pem", "p521", f"THE_KEY: {{}}/p521 {KINDS}"),
    "short RSA": ("server.pem", "rsa1024", f"THE_KEY: {{}}/rsa1024 {KINDS}"),
}


@pytest.mark.parametrize(("cert", "key", "line"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_told_with_setting_and_file(
    directory: Path, cert: str, key: str, line: str
) -> None:
    files = files_in(directory, cert, key, takes_ed25519=False)
    with pytest.raises(CertificateRefused) as refused:
        files.certificate(files.contents(), now=NOW)
    assert str(refused.value).startswith(line.format(directory))
    assert len(str(refused.value).splitlines()) == 1


def test_a_certificate_is_refused_before_its_day(directory: Path) -> None:
    files = files_in(directory, "server.pem", "server.key", takes_ed25519=False)
    begins = load_pem_x509_certificate(files.contents()[0]).not_valid_before_utc
    files.certificate(files.contents(), now=begins)
    with pytest.raises(CertificateRefused, match=f"is not valid before {begins:%Y-%m-%d}T"):
        files.certificate(files.contents(), now=begins - timedelta(seconds=1))


def test_ed25519_is_a_kind_where_those_who_connect_know_it(directory: Path) -> None:
    files = files_in(directory, "server.pem", "ed25519", takes_ed25519=True)
    with pytest.raises(CertificateRefused, match="is not the key of"):
        files.certificate(files.contents(), now=NOW)
