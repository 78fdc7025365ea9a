"""What rules tell others, kept for a test to look at."""

from typing import NamedTuple
from uuid import UUID

from getme_server.accounts.attempts import Attempt
from getme_server.accounts.audit import Action
from getme_server.accounts.origin import Origin

ORIGIN = Origin("request-1", "192.0.2.7", "tests")


class Record(NamedTuple):
    """One line of the audit."""

    action: Action
    by: str
    user_id: UUID | None
    origin: Origin
    facts: dict[str, str]


class Recording:
    """Audit and AttemptLimits in one. refusal: raised for each attempt, if there is one."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.records: list[Record] = []
        self.taken: list[tuple[Attempt, str, str]] = []
        self._refusal = refusal

    def record(
        self, action: Action, *, by: str, user_id: UUID | None, origin: Origin, **facts: str
    ) -> None:
        self.records.append(Record(action, by, user_id, origin, facts))

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        self.taken.append((attempt, address, account))
        if self._refusal is not None:
            raise self._refusal
