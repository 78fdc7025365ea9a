"""`deploy/kubernetes`: valid by Kubernetes' schemas, of one piece, and with settings of ours."""

from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from typer.testing import CliRunner

from getme.program.settings import SettingsError, load
from getme.program.tracing_settings import DEFAULT_ENDPOINT
from getme_gateway.__main__ import app as gateway_app
from getme_gateway.settings import GatewaySettings
from getme_server.cli import app as server_app
from getme_server.servicers.health import LIVENESS
from getme_server.settings import ServerSettings
from getme_server.stores.location import CassandraLocation, read_location
from tests.servers.programs import SECRET

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))
OBJECTS: dict[str, dict[str, Any]] = {
    f"{thing['kind']} {thing['metadata']['name']}": thing
    for name in KUSTOMIZATION["resources"]
    for thing in yaml.safe_load_all((FOLDER / name).read_text("utf-8"))
}
PODS = {
    name: thing["spec"]["template"]
    for name, thing in OBJECTS.items()
    if "template" in thing.get("spec", {})
}
SETTINGS = OBJECTS["ConfigMap getme"]["data"]


@pytest.mark.parametrize("name", OBJECTS)
def test_object_is_valid(name: str) -> None:
    latest = kubernetes_validate.latest_version()
    kubernetes_validate.validate(OBJECTS[name], latest, strict=True)


def test_every_file_is_applied() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == set(KUSTOMIZATION["resources"])


def test_image_has_the_version_of_the_checkout() -> None:
    assert [image["newTag"] for image in KUSTOMIZATION["images"]] == [version("getme")]


@pytest.mark.parametrize("name", PODS)
def test_pod_has_no_privileges_and_no_links(name: str) -> None:
    pod = PODS[name]["spec"]
    (container,) = pod["containers"]
    assert pod["enableServiceLinks"] is False  # test_links_would_stop_the_start says why
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", PODS)
def test_command_is_ours(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    program, *arguments = container["command"]
    app = {"getme-server": server_app, "getme-gateway": gateway_app}[program]
    told = CliRunner().invoke(app, [*arguments, "--help"])  # after what is wrong, it is not reached
    assert told.exit_code == 0, told.output


def test_links_would_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GETME_SECRET_KEY", SECRET)
    monkeypatch.setenv("GETME_GATEWAY_SERVICE_HOST", "10.0.0.1")
    with pytest.raises(SettingsError, match="GETME_GATEWAY_SERVICE_HOST"):
        load(ServerSettings)


def test_settings_are_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text(SECRET)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value.replace("/run/secrets/getme", str(tmp_path)))
    settings = load(ServerSettings)
    assert isinstance(read_location(settings.store), CassandraLocation)
    assert not settings.reflection
    assert may_leave(settings) < seconds_to_leave("getme-server")


def test_settings_that_the_gateway_is_given_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    (container,) = PODS["Deployment getme-gateway"]["spec"]["containers"]
    given = {one["name"]: one["valueFrom"]["configMapKeyRef"] for one in container["env"]}
    assert all(one["key"] in SETTINGS or one["optional"] for one in given.values())
    for name, one in given.items():
        assert name == one["key"]
        assert name.removeprefix("GETME_").lower() in GatewaySettings.model_fields
        if name in SETTINGS:
            monkeypatch.setenv(name, SETTINGS[name])
    settings = load(GatewaySettings)
    assert may_leave(settings) < seconds_to_leave("getme-gateway")
    service, _, port = settings.gateway_upstream.removeprefix("dns:///").partition(":")
    assert int(port) in {p["port"] for p in OBJECTS[f"Service {service}"]["spec"]["ports"]}


def may_leave(settings: ServerSettings | GatewaySettings) -> float:
    """Seconds after which it has ended, at the latest."""
    return settings.drain_delay + settings.grace + 2


def seconds_to_leave(name: str) -> float:
    """After which Kubernetes ends it."""
    return float(PODS[f"Deployment {name}"]["spec"]["terminationGracePeriodSeconds"])


@pytest.mark.parametrize("name", ["getme-server", "getme-gateway"])
def test_collector_of_traces_can_be_reached(name: str) -> None:
    port = urlsplit(DEFAULT_ENDPOINT).port
    allowed = OBJECTS[f"NetworkPolicy {name}"]["spec"]["egress"]
    assert {"port": port} in [each for rule in allowed for each in rule["ports"]]


@pytest.mark.parametrize("name", ["getme-server", "getme-gateway"])
def test_what_belongs_to_a_deployment_finds_its_pods(name: str) -> None:
    pod = PODS[f"Deployment {name}"]
    labels, (container,) = pod["metadata"]["labels"], pod["spec"]["containers"]
    selectors = [
        OBJECTS[f"Deployment {name}"]["spec"]["selector"]["matchLabels"],
        OBJECTS[f"Service {name}"]["spec"]["selector"],
        OBJECTS[f"PodDisruptionBudget {name}"]["spec"]["selector"]["matchLabels"],
        OBJECTS[f"NetworkPolicy {name}"]["spec"]["podSelector"]["matchLabels"],
        *(c["labelSelector"]["matchLabels"] for c in pod["spec"]["topologySpreadConstraints"]),
    ]
    assert all(selector.items() <= labels.items() for selector in selectors)
    assert OBJECTS[f"HorizontalPodAutoscaler {name}"]["spec"]["scaleTargetRef"]["name"] == name
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for port in OBJECTS[f"Service {name}"]["spec"]["ports"]:
        assert port["targetPort"] in ports
    for rule in OBJECTS[f"NetworkPolicy {name}"]["spec"]["ingress"]:
        assert {port["port"] for port in rule["ports"]} <= ports.keys()
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])


def test_server_is_probed_over_grpc_where_it_listens() -> None:
    (container,) = PODS["Deployment getme-server"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert container["readinessProbe"]["grpc"] == {"port": ports["grpc"]}
    for probe in ("startupProbe", "livenessProbe"):  # which no store may fail
        assert container[probe]["grpc"] == {"port": ports["grpc"], "service": LIVENESS}


def test_secrets_are_files_and_in_none_of_the_objects() -> None:
    kinds = {thing["kind"] for thing in OBJECTS.values()}
    assert "Secret" not in kinds
    for name in ("Deployment getme-server", "Job getme-migrate"):
        (container,) = PODS[name]["spec"]["containers"]
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert str(Path(SETTINGS["GETME_SECRET_KEY_FILE"]).parent) in mounts
    assert "volumes" in PODS["Deployment getme-gateway"]["spec"]
    assert "getme-keys" not in str(PODS["Deployment getme-gateway"])
