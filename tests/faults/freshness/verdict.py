"""What is said of a scene when it is over, in the summary of the run and where it went wrong."""

from collections import Counter
from collections.abc import Sequence

from tests.faults.freshness.checker import Report
from tests.faults.freshness.history import Call
from tests.faults.freshness.scene import Scene

SHOWN_VIOLATIONS = 8
# A machine that others use, too, stands still for seconds at times; nobody shall look into that.
FEW_CALLS = 0.005  # of all that were answered
FEW_CHANGES = 2
figures: list[str] = []  # a line for each scene, for the summary


def judge(name: str, scene: Scene) -> Report:
    """What the scene came to. Raises AssertionError for answers that nobody should have had."""
    report = scene.report()
    lost = ", ".join(f"{count} {what}" for what, count in Counter(scene.unanswered).items())
    hits = ", ".join(f"{client} {count}" for client, count in scene.hits.items())
    figures.append(f"{name:<42} {report}; unsettled: {lost or 'none'}; from memory: {hits}")
    shown = "\n".join(str(violation) for violation in report.violations[:SHOWN_VIOLATIONS])
    assert not report.violations, f"{len(report.violations)} violations:\n{shown}"
    return report


def assert_few(failed: Sequence[Call], report: Report) -> None:
    """Raises AssertionError if more calls failed than can happen where nothing is wrong."""
    assert len(failed) <= FEW_CALLS * report.answered, failed[:SHOWN_VIOLATIONS]


def assert_undisturbed(report: Report) -> None:
    """Raises AssertionError if more calls or changes failed than can happen in calm."""
    assert_few(report.failed, report)
    assert report.unsettled <= FEW_CHANGES
