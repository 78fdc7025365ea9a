"""A feed over the real log of a store on SQLite, with a clock that the test sets."""

from collections.abc import Callable
from uuid import UUID

from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import Change, ChangeLog, LogHead
from getme_server.deadline import Deadline
from getme_server.freshness.change_board import ChangeBoard, board_memory
from getme_server.stores.opening import Stores

SECONDS = 5
KEY = bytes(32)
STARTED = 1_000.0


class Clock:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> float:
        return self.now


class Interposed:
    """Passes on to a real log; its reads first do what a test wants.

    quiet_seconds: as if the store were one that writes the entry first.
    """

    def __init__(self, log: ChangeLog) -> None:
        self.log = log
        self.quiet_seconds = log.quiet_seconds
        self.before_read: Callable[[], None] = nothing

    def head(self, deadline: Deadline) -> LogHead:
        self.before_read()
        return self.log.head(deadline)

    def after(self, position: int, deadline: Deadline) -> list[Change]:
        self.before_read()
        return self.log.after(position, deadline)


def nothing() -> None:
    """The log is read as it is."""


def no_answer() -> None:
    """The log cannot be read."""
    raise StoreUnavailable("no such host")


def lone_board() -> ChangeBoard:
    """That of a server with one worker."""
    return ChangeBoard(board_memory(1), worker=0, workers=1)


def change(stores: Stores, *users: UUID) -> None:
    """Changes something of users, one after the other."""
    for user in users:
        stores.revocations.revoke_tokens(user, [KEY], Deadline(SECONDS), keep_seconds=3_600)
