"""`deploy/compose.yaml`: valid by the specification, of one piece, and with settings of ours."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from getme.program.settings import load
from getme_gateway.settings import GatewaySettings
from getme_server.settings import ServerSettings
from getme_server.stores.location import CassandraLocation, read_location
from tests.servers.programs import SECRET

# Merge keys are YAML's, and resolved by its reader.
COMPOSE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "deploy" / "compose.yaml").read_text("utf-8")
)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "server", "gateway")


def test_file_is_valid() -> None:
    read = PyCompose.from_yaml(yaml.safe_dump(COMPOSE, sort_keys=False))
    assert set(read.service_names()) == {"cassandra", "redis", *OURS}


@pytest.mark.parametrize("name", SERVICES)
def test_service_names_what_is_there(name: str) -> None:
    service = SERVICES[name]
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()
    for other, condition in service.get("depends_on", {}).items():
        needed = condition["condition"]
        assert needed != "service_healthy" or "test" in SERVICES[other]["healthcheck"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["image"] == f"getme:{version('getme')}"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["migrate", "server"])
def test_settings_of_the_server_are_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret-key").write_text(SECRET)
    for setting, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(setting, value.replace("/run/secrets", str(tmp_path)))
    location = read_location(load(ServerSettings).store)
    assert isinstance(location, CassandraLocation)
    assert location.hosts == ("cassandra",)


def test_settings_of_the_gateway_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting, value in SERVICES["gateway"]["environment"].items():
        monkeypatch.setenv(setting, value)
    assert str(load(GatewaySettings).gateway_upstream) == "server:50051"


def test_only_what_browsers_and_services_ask_is_reachable_from_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"server": ["127.0.0.1:50051:50051"], "gateway": ["127.0.0.1:8080:8080"]}
