"""How long answers took is told apart where they differ: from memory, of the server, of a store."""

import pytest
from prometheus_client import CollectorRegistry

from getme_gateway.metrics import RequestMetrics

ROUTE = "/api/v1/users/me"
SECONDS = {
    "from memory": 0.000_035,
    "from memory, while others are answered": 0.000_09,
    "of a server that remembers": 0.000_2,
    "of a server that reads": 0.000_8,
}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_fast_answers_do_not_lie_in_one_bucket(registry: CollectorRegistry) -> None:
    observe = RequestMetrics(registry).observer("GET", ROUTE, 200)
    for seconds in SECONDS.values():
        observe(seconds)
    bounds = ("5e-05", "0.0001", "0.00025", "0.0005", "0.001")
    name = "getme_gateway_request_seconds_bucket"
    counts = [registry.get_sample_value(name, {"route": ROUTE, "le": bound}) for bound in bounds]
    assert counts == [1, 2, 3, 3, 4]
