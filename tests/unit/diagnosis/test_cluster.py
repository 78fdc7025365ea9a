"""What a cluster's shape means, for clusters larger than one machine has."""

from typing import Any

import pytest

from getme_server.diagnosis.cluster import cluster_findings
from getme_server.stores.facts import ClockDifference, ClusterFacts

GOOD = ClusterFacts(
    strategy="NetworkTopologyStrategy",
    copies={"dc1": 3, "dc2": 3},
    nodes={"dc1": 4, "dc2": 3},
    local_dc="dc1",
    consistency="LOCAL_QUORUM",
    is_weak=False,
    clocks=[ClockDifference("10.0.0.1", 0.4, 0.001), ClockDifference("10.0.0.2", -0.4, 0.001)],
)
FOUND: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "a good one": ({}, set()),
    "one copy in one of two": ({"copies": {"dc1": 3, "dc2": 1}}, {("one_copy", "warning")}),
    "copies where no node is": (
        {"copies": {"dc1": 3, "dc9": 3}}, {("data_centre_unknown", "error")}
    ),
    "no copy where reads go": (
        {"copies": {"dc2": 3}}, {("data_centre_without_copies", "error")}
    ),
    "two and none named": ({"local_dc": None}, {("data_centre_unnamed", "warning")}),
    "one and none named": (
        {"local_dc": None, "copies": {"dc1": 3}, "nodes": {"dc1": 3}}, set()
    ),
    "a clock ahead": (
        {"clocks": [ClockDifference("10.0.0.1", 0.6, 0.001)]},
        {("clock_differs_from_store", "warning")},
    ),
    "a clock behind": (
        {"clocks": [ClockDifference("10.0.0.1", -3.0, 0.001)]},
        {("clock_differs_from_store", "warning")},
    ),
    "a clock that was told too late to know": (
        {"clocks": [ClockDifference("10.0.0.1", 0.6, 0.2)]}, set()
    ),
    "no data centres": (
        {"strategy": "SimpleStrategy", "copies": {"": 3}}, {("replication_unaware", "warning")}
    ),
    "weak reads": ({"is_weak": True}, {("consistency_weak", "warning")}),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_is_found_of(name: str) -> None:
    changed, expected = FOUND[name]
    findings = cluster_findings(GOOD._replace(**changed))
    assert {(finding.code, finding.severity) for finding in findings} == expected


def test_a_clock_is_told_with_its_node_and_in_which_way_it_is_wrong() -> None:
    (finding,) = cluster_findings(GOOD._replace(clocks=[ClockDifference("10.0.0.7", -3.0, 0.0)]))
    assert "the clock of 10.0.0.7 is 3.0 s behind ours" in finding.text
