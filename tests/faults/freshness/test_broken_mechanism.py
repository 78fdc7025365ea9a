"""A mechanism that is broken on purpose is found out, so that finding nothing means something."""

from unittest.mock import patch

from getme.lease import Lease
from tests.faults.freshness.checker import Kind, Report
from tests.faults.freshness.installation import Installation, OddServer, with_another_a
from tests.faults.freshness.lengths import Lengths
from tests.faults.freshness.odd_server import CUE
from tests.faults.freshness.scene import CLIENTS_OF_B, Scene

CUT_OFF = {"sync a", "aio a"}


def test_a_server_that_heeds_no_change_is_found_out(
    installation: Installation, lengths: Lengths
) -> None:
    a = OddServer(installation.directory, installation.settings, "forgetful")
    with with_another_a(installation, a) as there, Scene(there) as scene:
        scene.go_on(lengths.fault)
    found = stale_clients(scene.report())
    assert {"stub a", "gateway a"} <= found
    assert not found.intersection(CLIENTS_OF_B)


def test_a_server_whose_lease_never_ends_is_found_out_once_it_hears_nothing(
    installation: Installation, lengths: Lengths
) -> None:
    a = OddServer(installation.directory, installation.settings, "unending")
    with with_another_a(installation, a) as there, Scene(there) as scene:
        a.signal(CUE)
        scene.go_on(lengths.fault)
    found = stale_clients(scene.report())
    assert "stub a" in found
    assert not found.intersection(CLIENTS_OF_B)


def test_clients_that_heed_no_change_are_found_out(
    installation: Installation, lengths: Lengths
) -> None:
    with patch.object(Lease, "covers", lambda *_now, **_: True), Scene(installation) as scene:
        scene.go_on(lengths.fault)
    assert stale_clients(scene.report()) == CUT_OFF | {"sync b", "aio b"}


def test_clients_whose_lease_never_ends_are_found_out_once_they_hear_nothing(
    installation: Installation, lengths: Lengths
) -> None:
    def renew_for_ever(lease: Lease[bytes], _known_until: float) -> None:
        lease.ends = float("inf")

    with patch.object(Lease, "renew", renew_for_ever), Scene(installation) as scene:
        scene.go_on(lengths.calm)
        with installation.link.frozen():
            scene.go_on(2 * lengths.fault)
    found = stale_clients(scene.report())
    assert found
    assert found <= CUT_OFF


def stale_clients(report: Report) -> set[str]:
    return {each.call.client for each in report.violations if each.kind is Kind.STALE}
