"""What came of looking at a token, check by check, and what it would be refused with.

A check is the very function that the server calls: what it raises is the finding.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple, TypeVar

from getme.reasons import Reason
from getme_server.errors import GetmeError

T = TypeVar("T")


class Outcome(StrEnum):
    """What came of a check."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"  # not looked at; the text says why


class Finding(NamedTuple):
    """One check. mend: what would make it good, empty where it is."""

    check: str
    outcome: Outcome
    text: str
    mend: str = ""


class Findings:
    """Makes checks in the server's order, and goes on after one has failed.

    refusal: what the first failing check raised, as a call would be refused with it.
    unanswered: likewise of the first check that the store gave no answer to.
    """

    def __init__(self) -> None:
        self.all: list[Finding] = []
        self.refusal: GetmeError | None = None
        self.unanswered: GetmeError | None = None

    def look(
        self, check: str, at: Callable[[], T], *, told: Callable[[T], str], mend: str
    ) -> T | None:
        """What `at` answers, None where it raises. told: the answer in words."""
        try:
            found = at()
        except GetmeError as error:
            self._refused(check, error, mend)
            return None
        self.all.append(Finding(check, Outcome.OK, told(found)))
        return found

    def skip(self, checks: Iterable[str], why: str) -> None:
        """Says why these are not looked at."""
        self.all += [Finding(check, Outcome.SKIPPED, f"not looked at: {why}") for check in checks]

    def store_is_away(self, checks: Iterable[str], error: GetmeError) -> None:
        """Says that the store gave no answer to these."""
        self.unanswered = self.unanswered or error
        self.skip(checks, f"{error.message} ({error.cause})")

    def _refused(self, check: str, error: GetmeError, mend: str) -> None:
        if error.reason is Reason.STORE_UNAVAILABLE:
            self.store_is_away((check,), error)
            return
        self.refusal = self.refusal or error
        self.all.append(Finding(check, Outcome.FAILED, error.cause or error.message, mend))
