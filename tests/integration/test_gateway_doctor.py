"""`getme-gateway doctor`: what it finds, in words and as JSON, and how it ends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.servers.programs import Program, run_command, start_gateway, start_server

NOWHERE = "127.0.0.1:1"
SOON = datetime.now(UTC) + timedelta(days=29)
PAST = datetime.now(UTC) - timedelta(days=2)
SUBJECTS = ["upstream", "tls", "GETME_GATEWAY_LISTEN", "GETME_GATEWAY_METRICS_LISTEN", "origins"]
Finding = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with start_server(tmp_path_factory.mktemp("server"), {}, "--dev") as running:
        yield running


@pytest.fixture
def settings(server: Program) -> dict[str, str]:
    """With which nothing is found."""
    return {
        "GETME_GATEWAY_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_GATEWAY_UPSTREAM": server.address,
        "GETME_GATEWAY_CORS_ORIGINS": "https://app.example.org,http://localhost:3000",
    }


def certificate(
    directory: Path, not_after: datetime | None = None, name: str = "127.0.0.1"
) -> tuple[str, str]:
    """Paths of a certificate and its key, which others can read."""
    issued = trustme.CA().issue_cert(name, not_after=not_after)
    cert, key = directory / "cert.pem", directory / "cert.key"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    key.chmod(0o644)
    return str(cert), str(key)


def found(directory: Path, settings: dict[str, str]) -> dict[str, Finding]:
    """The findings by their code."""
    result = run_command(["getme-gateway", "doctor", "--json"], directory, settings)
    assert "Traceback" not in result.stderr  # gRPC may say there why a handshake failed
    findings = json.loads(result.stdout)["findings"]
    assert result.returncode == any(finding["severity"] == "error" for finding in findings)
    return {finding["code"]: finding for finding in findings}


def test_json_tells_what_is_in_order(tmp_path: Path, settings: dict[str, str]) -> None:
    command = ["getme-gateway", "doctor", "--json", "--fail-on", "warning"]
    result = run_command(command, tmp_path, settings)
    assert result.returncode == 0, result.stdout
    told = json.loads(result.stdout)
    assert told["findings"] == []
    assert [one["subject"] for one in told["in_order"]] == SUBJECTS


def test_a_running_gateway_is_known(tmp_path: Path, settings: dict[str, str]) -> None:
    with start_gateway(tmp_path, NOWHERE) as gateway:
        addresses = {
            "GETME_GATEWAY_LISTEN": gateway.address,
            "GETME_GATEWAY_METRICS_LISTEN": str(gateway.serving["metrics"]),
        }
        result = run_command(["getme-gateway", "doctor"], tmp_path, settings | addresses)
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("a getme-gateway answers at") == 2


def test_a_running_gateway_is_known_by_its_certificate(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    cert, key = certificate(tmp_path)
    tls = {"GETME_GATEWAY_TLS_CERT": cert, "GETME_GATEWAY_TLS_KEY": key}
    with start_gateway(tmp_path, NOWHERE, tls) as gateway:
        own = settings | {"GETME_GATEWAY_LISTEN": gateway.address}
        assert found(tmp_path, own | tls).keys() == {"tls_key_open"}
        assert "address_refused" in found(tmp_path, own)


def test_an_address_that_another_program_has_is_an_error(
    tmp_path: Path, settings: dict[str, str], server: Program
) -> None:
    taken = {"GETME_GATEWAY_LISTEN": server.address}
    assert found(tmp_path, settings | taken)["address_refused"]["severity"] == "error"


SETTINGS_THAT_ARE_FOUND = {
    "requests_in_clear": (
        {"GETME_GATEWAY_LISTEN": "0.0.0.0:0"}, "warning", "GETME_GATEWAY_TLS_CERT"
    ),
    "metrics_exposed": (
        {"GETME_GATEWAY_METRICS_LISTEN": "0.0.0.0:0"}, "note", "GETME_GATEWAY_METRICS_LISTEN"
    ),
    "origin_in_clear": (
        {"GETME_GATEWAY_CORS_ORIGINS": "http://app.example.org"},
        "warning",
        "GETME_GATEWAY_CORS_ORIGINS",
    ),
    "upstream_not_serving": (
        {"GETME_GATEWAY_UPSTREAM": NOWHERE}, "error", "GETME_GATEWAY_UPSTREAM"
    ),
    "upstream_in_clear": (
        {"GETME_GATEWAY_UPSTREAM": "127.0.0.1:1,192.0.2.7:1"},
        "warning",
        "GETME_GATEWAY_UPSTREAM_CA",
    ),
    "certificate_unusable": (
        {"GETME_GATEWAY_TLS_CERT": "none.pem", "GETME_GATEWAY_TLS_KEY": "none.key"},
        "error",
        "GETME_GATEWAY_TLS_CERT",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", SETTINGS_THAT_ARE_FOUND)
def test_a_setting_that_is_unsafe_is_named(
    tmp_path: Path, settings: dict[str, str], code: str
) -> None:
    unsafe, severity, setting = SETTINGS_THAT_ARE_FOUND[code]
    finding = found(tmp_path, settings | unsafe)[code]
    assert (finding["severity"], finding["setting"]) == (severity, setting)


def test_each_server_of_a_list_that_does_not_serve_is_named(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    cert, key = certificate(tmp_path, name="localhost")
    Path(key).chmod(0o600)
    with start_server(tmp_path, {"GETME_TLS_CERT": cert, "GETME_TLS_KEY": key}, "--dev") as secured:
        port = secured.address.rpartition(":")[2]
        # All of a list are known by the name of its first.
        servers = [f"localhost:{port}", NOWHERE, secured.address]
        listed = {"GETME_GATEWAY_UPSTREAM": ",".join(servers), "GETME_GATEWAY_UPSTREAM_CA": cert}
        findings = found(tmp_path, settings | listed)
    assert findings.keys() == {"server_not_serving"}
    finding = findings["server_not_serving"]
    assert (finding["severity"], finding["setting"]) == ("warning", "GETME_GATEWAY_UPSTREAM")
    assert finding["text"].startswith(f"{NOWHERE} did not say")


def test_list_of_which_none_serves_is_one_error(tmp_path: Path, settings: dict[str, str]) -> None:
    listed = {"GETME_GATEWAY_UPSTREAM": f"{NOWHERE},127.0.0.1:2"}
    assert found(tmp_path, settings | listed).keys() == {"upstream_not_serving"}


@pytest.mark.parametrize(
    ("not_after", "code"),
    [(SOON, "certificate_ends_soon"), (PAST, "certificate_unusable")],
    ids=["ends soon", "ended"],
)
def test_what_is_shown_to_the_server_is_looked_at(
    tmp_path: Path, settings: dict[str, str], not_after: datetime, code: str
) -> None:
    cert, key = certificate(tmp_path, not_after)
    tls = {
        "GETME_GATEWAY_UPSTREAM_CA": cert,
        "GETME_GATEWAY_UPSTREAM_CERT": cert,
        "GETME_GATEWAY_UPSTREAM_KEY": key,
    }
    findings = found(tmp_path, settings | tls)
    assert findings["tls_key_open"]["setting"] == "GETME_GATEWAY_UPSTREAM_KEY"
    assert findings[code]["setting"] == "GETME_GATEWAY_UPSTREAM_CERT"
    assert "upstream_not_serving" in findings  # it speaks no TLS
    assert "upstream_in_clear" not in findings


@pytest.mark.parametrize(("fail_on", "exit_code"), [("error", 0), ("warning", 1)])
def test_exit_code_is_by_severity(
    tmp_path: Path, settings: dict[str, str], fail_on: str, exit_code: int
) -> None:
    fault = {"GETME_GATEWAY_CORS_ORIGINS": "http://app.example.org"}
    command = ["getme-gateway", "doctor", "--fail-on", fail_on]
    assert run_command(command, tmp_path, settings | fault).returncode == exit_code


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    unreadable = {"GETME_GATEWAY_LISTEN": "8080"}
    result = run_command(["getme-gateway", "doctor"], tmp_path, unreadable)
    assert result.returncode == 2
    assert result.stderr.startswith("getme-gateway: GETME_GATEWAY_LISTEN: ")
