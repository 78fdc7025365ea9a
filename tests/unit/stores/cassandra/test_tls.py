"""TLS contexts of the files that a location names, and the line for each that is of no use."""

import re
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from getme_server.stores.cassandra.tls import ssl_context
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraTls, read_location
from tests.servers.cassandra_certificates import Authority


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, me.pem and me.key, another's key, and a locked one."""
    directory = tmp_path_factory.mktemp("files")
    authority = Authority(directory)
    _, key = authority.issue("me", "me")
    authority.issue("other", "other")
    locked = load_pem_private_key(key.read_bytes(), password=None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    (directory / "locked.key").write_bytes(locked)
    (directory / "text.pem").write_text("no certificate")
    return directory


def location(files: Path, **options: str) -> CassandraLocation:
    paths = {name: str(files / path) for name, path in options.items()}
    tls = CassandraTls(paths.get("ca"), paths.get("cert"), paths.get("key"))
    location = read_location("cassandra://h/killrvideo")
    assert isinstance(location, CassandraLocation)
    return location._replace(tls=tls)


def test_location_without_tls_has_no_context(files: Path) -> None:
    assert ssl_context(location(files)._replace(tls=None)) is None


def test_certificate_of_the_node_is_required_for_its_address(files: Path) -> None:
    context = ssl_context(location(files, ca="ca.pem", cert="me.pem", key="me.key"))
    assert context is not None
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(
            {"ca": "no.pem"},
            "ca={}/no.pem of GETME_STORE cannot be read: No such file or directory",
            id="no such ca",
        ),
        pytest.param(
            {"ca": "."}, "ca={} of GETME_STORE cannot be read: Is a directory", id="folder"
        ),
        pytest.param(
            {"ca": "text.pem"},
            "ca={}/text.pem of GETME_STORE holds no PEM certificates",
            id="ca is no certificate",
        ),
        pytest.param(
            {"cert": "no.pem", "key": "me.key"},
            "cert={}/no.pem of GETME_STORE cannot be read: No such file or directory",
            id="no such cert",
        ),
        pytest.param(
            {"cert": "me.pem", "key": "no.key"},
            "key={}/no.key of GETME_STORE cannot be read: No such file or directory",
            id="no such key",
        ),
        pytest.param(
            {"cert": "me.pem", "key": "other.key"},
            "cert={0}/me.pem and key={0}/other.key of GETME_STORE are no PEM certificate with its"
            " unencrypted key",
            id="key of another",
        ),
        pytest.param(
            {"cert": "me.pem", "key": "locked.key"},
            "cert={0}/me.pem and key={0}/locked.key of GETME_STORE are no PEM certificate with its"
            " unencrypted key",
            id="key with a password",
        ),
    ],
)
def test_file_of_no_use_is_named_with_its_option(
    files: Path, options: dict[str, str], told: str
) -> None:
    with pytest.raises(StoreNotReady, match=f"^{re.escape(told.format(files))}"):
        ssl_context(location(files, **options))
