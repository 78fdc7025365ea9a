"""What callers are promised while a quorum of nodes lives."""

from collections import Counter

from tests.faults.three_nodes.callers import Phase

SLOWEST_SECONDS = 2.0  # what a call may wait for the store at most (GETME_STORE_TIMEOUT)
P99_TIMES_CALM = 10
# A fault here is also a JVM that starts on the two cores which servers, callers and the other nodes
# share; that alone lets some calls wait for a core.
P99_FLOOR_SECONDS = 0.25


def assert_unnoticed(calm: Phase, *phases: Phase) -> None:
    """No call failed, none took long, and few took longer than in the calm before."""
    failed: Counter[str] = sum((phase.failures for phase in (calm, *phases)), Counter())
    assert not failed, f"{failed}"
    bound = max(P99_TIMES_CALM * calm.percentile(99), P99_FLOOR_SECONDS)
    for phase in phases:
        assert phase.slowest < SLOWEST_SECONDS, f"{phase}"
        assert phase.percentile(99) <= bound, f"{phase}; bound {bound:.3f} s"
