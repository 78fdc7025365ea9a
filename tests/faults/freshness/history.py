"""What happened in a scene: each change and each call, by the monotonic clock of this machine.

Answers are texts: `named` for a user, and for a refusal its reason.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

NOT_YET = math.inf
OF_NOBODY = ""

SUSPENDED = "ACCOUNT_SUSPENDED"
REVOKED = "TOKEN_REVOKED"
GONE = "TOKEN_INVALID"

# What is no answer: the caller knows as little as before.
UNANSWERED = frozenset(
    {
        "CANCELLED",
        "CONNECTION",  # of HTTP
        "DEADLINE_EXCEEDED",
        "OVERLOADED",
        "STORE_UNAVAILABLE",
        "UNAVAILABLE",
    }
)


def named(firstname: str) -> str:
    """The answer that tells of a user with that name."""
    return f"is {firstname}"


class State(NamedTuple):
    """All of a user that answers depend on. revoked: numbers of tokens."""

    firstname: str
    suspended: bool = False
    revoked: frozenset[int] = frozenset()
    deleted: bool = False

    def answer(self, token: int) -> str:
        """What the bearer of a token is to be told."""
        if token in self.revoked:
            return REVOKED
        if self.deleted:
            return GONE
        return SUSPENDED if self.suspended else named(self.firstname)


class Version(NamedTuple):
    """A state of a user, and the change that made it.

    begun: when the change was asked for. acknowledged: when that was answered, NOT_YET if it never
    was: such a change may have happened or not, and may happen later. via: through which client.
    """

    change: str
    state: State
    begun: float
    acknowledged: float
    via: str = OF_NOBODY


class Call(NamedTuple):
    """One GetMe. client: who asked. user: whose token it was. token: its number."""

    client: str
    user: str
    token: int
    begun: float
    ended: float
    answer: str


class Change:
    """A change that is being made. acknowledge: to be called once it is answered."""

    def __init__(self) -> None:
        self.acknowledged = NOT_YET

    def acknowledge(self, moment: float) -> None:
        """It was answered, at the latest then."""
        self.acknowledged = moment


class Versions:
    """All that one user has been; one thread writes, in the order of time."""

    def __init__(self, first: Version) -> None:
        self._versions = [first]

    def __iter__(self) -> Iterator[Version]:
        return iter(self._versions)

    @property
    def state(self) -> State:
        """What the user is, if the last change has happened."""
        return self._versions[-1].state

    @property
    def settled(self) -> bool:
        """Whether it is certain that the last change has happened; if not, none may follow."""
        return self._versions[-1].acknowledged != NOT_YET

    @contextmanager
    def changing(self, change: str, state: State, begun: float, via: str) -> Iterator[Change]:
        """A change, from when it is asked for until it was answered or was not."""
        assert self.settled
        made = Change()
        self._versions.append(Version(change, state, begun, NOT_YET, via))
        try:
            yield made
        finally:
            self._versions[-1] = self._versions[-1]._replace(acknowledged=made.acknowledged)
