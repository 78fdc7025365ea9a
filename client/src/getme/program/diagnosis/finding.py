"""What a look comes to: findings, each with what is wrong, why it matters and what mends it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """ERROR: calls fail, or will. WARNING: it works and is unsafe, or will break. NOTE: a fact."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(NamedTuple):
    """code: never renamed, scripts rely on it. setting: the one to change, empty where none is.

    text: for a person, with what to do about it; nothing secret.
    """

    code: str
    severity: Severity
    text: str
    setting: str = ""


class Looked(NamedTuple):
    """One subject. in_order: what holds of it where there is no error and no warning."""

    in_order: str
    findings: Sequence[Finding] = ()

    @property
    def is_in_order(self) -> bool:
        """Whether nothing worse than a note was found."""
        return all(finding.severity is Severity.NOTE for finding in self.findings)


def broken(code: str, trouble: Exception, setting: str = "") -> Looked:
    """What is to be said where an error already says what is wrong and how to mend it."""
    return Looked("", [Finding(code, Severity.ERROR, str(trouble), setting)])


def warning(code: str, text: str, setting: str = "") -> Finding:
    """It works, and should not stay so."""
    return Finding(code, Severity.WARNING, text, setting)


def note(code: str, text: str, setting: str = "") -> Finding:
    """Whoever runs this should know it."""
    return Finding(code, Severity.NOTE, text, setting)
