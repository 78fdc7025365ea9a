"""How the gateway trusts the server and shows itself, and what its settings may hold."""

import asyncio
from pathlib import Path

import pytest

import getme.aio
from getme.program.certificates import CertificateRefused
from getme_gateway.upstream_tls import UpstreamFiles
from tests.health_over_tls import health_over_tls
from tests.servers.cassandra_certificates import Authority

TIMEOUT_SECONDS = 5.0


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


def upstream_tls(ca: Path, cert: Path | None, key: Path | None) -> getme.Tls:
    files = UpstreamFiles(ca, cert, key)
    return files.upstream(files.contents()).tls


@pytest.mark.parametrize(
    ("wants_client", "ca", "client", "is_answered"),
    [
        pytest.param(False, "ours", None, True, id="TLS"),
        pytest.param(True, "ours", "ours", True, id="mutual TLS"),
        pytest.param(True, "ours", None, False, id="no client certificate"),
        pytest.param(True, "ours", "another", False, id="a client certificate of another CA"),
        pytest.param(False, "another", None, False, id="a server of another CA"),
        pytest.param(False, None, None, False, id="in the clear"),
    ],
)
def test_the_server_is_asked_only_as_the_settings_say(
    tmp_path: Path, *, wants_client: bool, ca: str | None, client: str | None, is_answered: bool
) -> None:
    authorities = {name: Authority(tmp_path / name) for name in ("ours", "another")}
    cert, key = authorities[client].issue("client", "gateway.example") if client else (None, None)
    tls = upstream_tls(authorities[ca].ca, cert, key) if ca else None

    async def is_serving(address: str) -> bool:
        async with getme.aio.Client(address, tls=tls) as asking:
            return await asking.serving(timeout_seconds=TIMEOUT_SECONDS)

    with health_over_tls(authorities["ours"], wants_client=wants_client) as address:
        assert asyncio.run(is_serving(address)) == is_answered


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"ca": "none"}, "GETME_GATEWAY_UPSTREAM_CA: cannot read"),
        ({"ca": "text"}, "GETME_GATEWAY_UPSTREAM_CA: "),
        ({"cert": "none"}, "GETME_GATEWAY_UPSTREAM_CERT: cannot read"),
        ({"key": "none"}, "GETME_GATEWAY_UPSTREAM_KEY: cannot read"),
        ({"key": "text"}, "GETME_GATEWAY_UPSTREAM_CERT and GETME_GATEWAY_UPSTREAM_KEY: "),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, authority: Authority, files: dict[str, str], names: str
) -> None:
    cert, key = authority.issue("client", "gateway.example")
    (tmp_path / "text").write_text("no PEM")
    good = {"ca": authority.ca, "cert": cert, "key": key}
    bad = {name: tmp_path / file for name, file in files.items()}
    with pytest.raises(CertificateRefused, match=names):
        upstream_tls(**(good | bad))
