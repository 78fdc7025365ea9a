"""What may be our certificate and its key, and how the refusal of any other file reads."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from getme_gateway.tls_files import TlsFiles, TlsPair, TlsRefused
from tests.certificates import A_DAY, self_signed
from tests.servers.cassandra_certificates import Authority

HOST = "127.0.0.1"


def pair_of(cert: Path, key: Path) -> TlsPair:
    files = TlsFiles(cert, key)
    return files.pair(files.contents(), now=datetime.now(UTC))


def faulty_key(case: str, directory: Path) -> tuple[Path, Path]:
    """A certificate with its key, of a kind that is not taken."""
    password = b"secret" if case == "encrypted key" else None
    if case == "short key":
        weak = rsa.generate_private_key(65_537, 1024)  # noqa: S505  # that is the point
        return self_signed(directory, weak, HOST)
    curve = ec.SECP521R1() if case == "unknown curve" else ec.SECP256R1()
    return self_signed(directory, ec.generate_private_key(curve), HOST, password=password)


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("missing certificate", "CERT: cannot read .*: no such file"),
        ("missing key", "KEY: cannot read .*: no such file"),
        ("a folder", "CERT: cannot read .*: is a directory"),
        ("no certificate", "CERT: .* has no certificates in PEM form"),
        ("no key", "KEY: .* has no key in PEM form, not encrypted"),
        ("files swapped", "CERT: .* has no certificates in PEM form"),
        ("another key", "KEY: .* is not the key of the first certificate in "),
        ("expired", "CERT: .* expired on 2020-01-01"),
        ("encrypted key", "KEY: .* has no key in PEM form, not encrypted"),
        ("short key", "KEY: .* must be RSA of 2048 to 4096 bits, P-256, P-384 or Ed25519"),
        ("unknown curve", "KEY: .* must be RSA of 2048 to 4096 bits, P-256, P-384 or Ed25519"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_setting(
    tmp_path: Path, case: str, text: str
) -> None:
    authority = Authority(tmp_path / "ca")
    own = faulty_key(case, tmp_path)
    cert, key = authority.issue("good", HOST)
    (tmp_path / "text").write_text("no PEM")
    cert_and_key = {
        "missing certificate": (tmp_path / "none", key),
        "missing key": (cert, tmp_path / "none"),
        "a folder": (tmp_path, key),
        "no certificate": (tmp_path / "text", key),
        "no key": (cert, tmp_path / "text"),
        "files swapped": (key, cert),
        "another key": (cert, own[1]),
        "expired": authority.issue("old", HOST, expired=True),
    }.get(case, own)
    with pytest.raises(TlsRefused, match=f"GETME_GATEWAY_TLS_{text}"):
        pair_of(*cert_and_key)


def test_a_pair_is_its_whole_chain_and_its_key_in_one_form(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    cert, key_file = self_signed(tmp_path, key, HOST, traditional=True)
    root = Authority(tmp_path / "ca").ca.read_bytes()
    leaf = cert.read_bytes()
    cert.write_bytes(b"a line before it\n" + leaf + b"\n" + root)
    pair = pair_of(cert, key_file)
    assert pair.chain == leaf + root
    assert pair.key.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert datetime.now(UTC) < pair.expires < datetime.now(UTC) + 2 * A_DAY
