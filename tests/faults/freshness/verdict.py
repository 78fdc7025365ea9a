"""What is said of a scene when it is over, in the summary of the run and where it went wrong."""

from collections import Counter

from tests.faults.freshness.checker import Report
from tests.faults.freshness.scene import Scene

SHOWN_VIOLATIONS = 8
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
