"""What `doctor` prints of what was looked at, and whether it fails."""

import json
from collections.abc import Mapping
from enum import StrEnum

from getme.program.diagnosis.finding import Looked, Severity

_WORDS = {Severity.ERROR: "FAIL ", Severity.WARNING: "WARN ", Severity.NOTE: "note "}


class FailOn(StrEnum):
    """From which severity on the command fails."""

    ERROR = "error"
    WARNING = "warning"


_FAILING = {
    FailOn.ERROR: {Severity.ERROR},
    FailOn.WARNING: {Severity.ERROR, Severity.WARNING},
}


def fails(looked: Mapping[str, Looked], fail_on: FailOn) -> bool:
    """Whether anything was found for which the exit code is 1. looked: by subject, as below."""
    found = {finding.severity for one in looked.values() for finding in one.findings}
    return bool(found & _FAILING[fail_on])


def as_text(looked: Mapping[str, Looked]) -> str:
    """A line for each finding, and for each subject that is in order."""
    lines = []
    for subject, one in looked.items():
        if one.is_in_order:
            lines.append(f"ok    {subject}: {one.in_order}")
        lines += [
            f"{_WORDS[finding.severity]} {subject}: {finding.text}" for finding in one.findings
        ]
    return "\n".join(lines)


def as_json(looked: Mapping[str, Looked]) -> str:
    """The same as one object."""
    findings = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "subject": subject,
            "setting": finding.setting or None,
            "text": finding.text,
        }
        for subject, one in looked.items()
        for finding in one.findings
    ]
    in_order = [
        {"subject": subject, "text": one.in_order}
        for subject, one in looked.items()
        if one.is_in_order
    ]
    return json.dumps({"findings": findings, "in_order": in_order}, indent=2)
