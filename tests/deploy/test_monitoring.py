"""The dashboard and the alerts: what they ask for is what a running server and gateway show."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from getme_server.interceptors import metrics
from tests.accounts import CHEAP_ACCOUNTS, People, Refused, new_email
from tests.conftest import NewStore
from tests.deploy.metrics_in_use import Asked, asked_for
from tests.servers.cassandra_certificates import Authority
from tests.servers.installed import installed
from tests.servers.programs import Program, start_gateway, start_server
from tests.servers.redis import RedisServer
from tests.waiting import until

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
DASHBOARD = json.loads((DEPLOY / "grafana" / "getme.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
EXPRESSIONS = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in PANELS
    for target in panel["targets"]
} | {rule.get("alert") or rule["record"]: rule["expr"] for rule in RULES}
# Where the value is one that this server and gateway have not met, but others do.
RARE = {"grpc_code"}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}

Samples = dict[str, list[dict[str, str]]]


def scraped(program: Program) -> Iterator[Metric]:
    text = httpx.get(program.metrics_url, trust_env=False).text
    return iter(text_string_to_metric_families(text))


def figures(program: Program) -> Samples:
    """The labels of each sample that it shows, by the name that Prometheus stores it under."""
    samples: Samples = {}
    for family in scraped(program):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample.labels)
    return samples


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def shown(
    new_store: NewStore, tmp_path_factory: pytest.TempPathFactory, redis: RedisServer
) -> Samples:
    """What a server and a gateway show after a sign-in, a GetMe over both, and a refusal.

    Over TLS and with Redis, of which there are figures, too.
    """
    directory = tmp_path_factory.mktemp("system")
    authority = Authority(directory / "tls")
    cert, key = authority.issue("server", "127.0.0.1")
    settings = CHEAP_ACCOUNTS | {
        "GETME_STORE": new_store("sqlite"),
        "GETME_WORKERS": "2",
        "GETME_REDIS_URL": redis.url,
        "GETME_TLS_CERT": str(cert),
        "GETME_TLS_KEY": str(key),
    }
    trusted = grpc.ssl_channel_credentials(authority.ca.read_bytes())
    upstream = {"GETME_GATEWAY_UPSTREAM_CA": str(authority.ca)}
    with (
        start_server(directory, settings) as server,
        start_gateway(directory, server.address, upstream) as gateway,
        grpc.secure_channel(server.address, trusted) as channel,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        people, email = People(channel), new_email()
        people.register(email)
        login = people.login(email)
        assert not isinstance(login, Refused)
        me = {"authorization": f"Bearer {login.token}"}
        assert http.get("/api/v1/users/me", headers=me).status_code == 200
        assert http.get("/api/v1/users/me").status_code == 401
        assert until(lambda: "getme_memory_entries" in figures(server))
        return figures(gateway) | figures(server)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_what_is_asked_for_is_shown(shown: Samples, name: str) -> None:
    asked = list(asked_for(EXPRESSIONS[name]))
    assert asked or "up{" in EXPRESSIONS[name] or RECORDED & set(EXPRESSIONS[name].split())
    for one in asked:
        assert one.metric in shown
        assert any(fits(one, labels) for labels in shown[one.metric]), one


def fits(asked: Asked, labels: dict[str, str]) -> bool:
    """Whether a sample with these labels is among what is asked for."""
    return all(
        name in labels and (value in {None, labels[name]} or name in RARE)
        for name, value in asked.labels.items()
    )


def test_the_page_of_operations_names_every_metric(shown: Samples) -> None:
    page = (DEPLOY.parent / "docs" / "operations.md").read_text("utf-8")
    _, section = page.split("\n## Metrics\n")
    section, *_ = section.split("\n## ")
    for ours in {name for name in shown if name.startswith(("getme_", "grpc_"))}:
        family = re.sub(r"_(bucket|count|sum|created)$", "", ours)
        assert f"`{family}`" in section or f"`_{family.rpartition('_')[2]}`" in section, family
    for named in re.findall(r"`((?:getme|grpc)_[a-z_]+[a-z])`", section):
        labels = {"grpc_service", "grpc_method", "grpc_code"}
        assert named in labels or any(name.startswith(named) for name in shown), named


def test_status_codes_are_those_that_the_server_counts() -> None:
    asked = {
        code
        for expression in EXPRESSIONS.values()
        for codes in re.findall(r'grpc_code=~?"([^"]*)"', expression)
        for code in codes.split("|")
    }
    assert asked <= {code.name for code in grpc.StatusCode}
    assert metrics.BUCKETS[-1] > 0.05  # what GetmeSlow compares with lies within the histogram


def test_alerts_are_valid_and_fire_when_they_should() -> None:
    promtool = installed("promtool", package="Debian's prometheus")
    for arguments in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"]):
        done = subprocess.run(
            [promtool, *arguments],
            cwd=ALERTS.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", [r for r in RULES if "alert" in r], ids=lambda r: r["alert"])
def test_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "what_to_do"}


def test_panels_lie_side_by_side_and_say_what_they_show() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert all(panel["description"] for panel in PANELS)
