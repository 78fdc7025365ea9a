"""What `doctor` says of TLS."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.servers.programs import run_command, start_server

SOON = datetime.now(UTC) + timedelta(days=29)


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    """Settings of mutual TLS whose certificate is good for long."""
    return certificate(tmp_path, None) | {"GETME_TLS_CLIENT_CA": str(tmp_path / "cert.pem")}


def certificate(directory: Path, not_after: datetime | None) -> dict[str, str]:
    issued = trustme.CA().issue_cert("127.0.0.1", not_after=not_after)
    cert, key = directory / "cert.pem", directory / "cert.key"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    key.chmod(0o600)
    return {"GETME_TLS_CERT": str(cert), "GETME_TLS_KEY": str(key)}


def lines_of_tls(directory: Path, settings: dict[str, str]) -> list[str]:
    settings = {"GETME_METRICS_LISTEN": "127.0.0.1:0", "GETME_LISTEN": "127.0.0.1:0"} | settings
    printed = run_command(["getme-server", "doctor"], directory, settings).stdout
    return [line for line in printed.splitlines() if " tls: " in line]


def test_a_running_server_is_known_by_its_certificate(
    tmp_path: Path, people_database: str, tls: dict[str, str]
) -> None:
    settings = {"GETME_STORE": people_database} | tls
    with start_server(tmp_path, settings) as server:
        addresses = {
            "GETME_LISTEN": server.address,
            "GETME_METRICS_LISTEN": str(server.serving["metrics"]),
        }
        result = run_command(["getme-server", "doctor"], tmp_path, settings | addresses)
        other = tmp_path / "other"
        other.mkdir()
        stranger = run_command(
            ["getme-server", "doctor"],
            tmp_path,
            settings | addresses | certificate(other, None),
        )
    assert result.returncode == 0, result.stdout
    assert "ok    tls: a certificate until " in result.stdout
    assert "clients show theirs" in result.stdout
    assert result.stdout.count("a getme-server answers at") == 2
    assert stranger.returncode == 1
    assert f"FAIL  GETME_LISTEN: {server.address} is taken by another program" in stranger.stdout


def test_calls_in_the_clear_beyond_this_machine_are_warned_of(tmp_path: Path) -> None:
    (line,) = lines_of_tls(tmp_path, {"GETME_LISTEN": "0.0.0.0:0"})
    assert line.startswith("WARN  tls: tokens and e-mail addresses go in the clear to 0.0.0.0:0")
    assert "GETME_TLS_CERT" in line


def test_an_open_key_and_a_certificate_that_ends_soon_are_warned_of(tmp_path: Path) -> None:
    settings = certificate(tmp_path, SOON)
    (tmp_path / "cert.key").chmod(0o644)
    key, cert = lines_of_tls(tmp_path, settings)
    assert key.startswith("WARN  tls: GETME_TLS_KEY: others can read or change it; run: chmod 600")
    assert cert.startswith("WARN  tls: GETME_TLS_CERT: ")
    assert cert.endswith(f"expires on {SOON:%Y-%m-%d}; renew it")


def test_a_certificate_that_cannot_be_used_is_a_fault(tmp_path: Path, tls: dict[str, str]) -> None:
    (tmp_path / "cert.pem").write_text("none")
    (line,) = lines_of_tls(tmp_path, tls)
    assert line.startswith("FAIL  tls: GETME_TLS_CLIENT_CA: ")
