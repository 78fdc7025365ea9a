"""An explanation of a token as text for people and as JSON for scripts.

Shows header and claims; never the signature, e-mail addresses, keys, or raw control characters.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby

from getme.reasons import Reason
from getme_server.tokens.explanation import Explanation
from getme_server.tokens.findings import Finding, Outcome
from getme_server.tokens.plain_words import json_text, printable

_MARKS = {Outcome.OK: "ok   ", Outcome.FAILED: "FAIL ", Outcome.SKIPPED: "--   "}
_INDENT = "      "
_UNPROVEN = "UNPROVEN, no key of ours has signed it"


class Verdict(StrEnum):
    """What a call with the token meets. UNDECIDED: it cannot be told without the store."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    UNDECIDED = "UNDECIDED"


def verdict(explanation: Explanation) -> Verdict:
    """What all checks together come to."""
    if explanation.findings.refusal is not None:
        return Verdict.REFUSED
    if explanation.findings.unanswered is not None:
        return Verdict.UNDECIDED
    return Verdict.ACCEPTED


def as_text(explanation: Explanation) -> str:
    """Check by check, a line each, and the verdict as the last line."""
    return "\n".join(map(printable, _lines(explanation)))


def as_json(explanation: Explanation) -> str:
    """The same as one JSON object."""
    return json_text(
        {
            "verdict": verdict(explanation),
            "reason": _reason(explanation),
            "text": _verdict_words(explanation),
            "header": explanation.header,
            "payload": explanation.payload,
            "proven": explanation.proven,
            "checks": [finding._asdict() for finding in explanation.findings.all],
        },
        indent=2,
    )


def _lines(explanation: Explanation) -> Iterator[str]:
    proven = "" if explanation.proven else f" ({_UNPROVEN})"
    if explanation.header is not None:
        yield f"header{proven}: {json_text(explanation.header)}"
    if explanation.payload is not None:
        yield f"claims{proven}: {json_text(explanation.payload)}"
    for (outcome, text, mend), alike in groupby(explanation.findings.all, key=_what_came_of_it):
        checks = ", ".join(finding.check for finding in alike)
        yield f"{_MARKS[outcome]} {checks}: {text}"
        if mend:
            yield f"{_INDENT}{mend}"
    yield f"{verdict(explanation)}: {_verdict_words(explanation)}"


def _what_came_of_it(finding: Finding) -> tuple[Outcome, str, str]:
    """Equal for neighbours that are told in one line, as are those that nobody looked at."""
    return finding.outcome, finding.text, finding.mend


def _reason(explanation: Explanation) -> Reason | None:
    """What a caller would get, None where it would be let in."""
    error = explanation.findings.refusal or explanation.findings.unanswered
    return error.reason if error is not None else None


def _verdict_words(explanation: Explanation) -> str:
    findings = explanation.findings
    if findings.refusal is not None:
        return f"{findings.refusal.reason} ({findings.refusal.message})"
    if findings.unanswered is not None:
        return (
            "accepted as far as can be told without the store; a call would be answered"
            f" {findings.unanswered.reason}"
        )
    return f"a call with it is made by user {explanation.user_id}"
