"""What is stored of a user that decides whether the user may call."""

from typing import NamedTuple, Protocol
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.deadline import Deadline


class Seen(NamedTuple):
    """When something was read from the store, for who would remember it.

    position: the place in the log of changes up to which it holds all of them. at: the moment on
    this process's monotonic clock, seconds. ends: until when it may be remembered at most.
    """

    position: int
    at: float
    ends: float


class Standing(NamedTuple):
    """An account and whether the credentials of its address are locked.

    seen: None where it must not be remembered.
    """

    account: Account
    is_locked: bool
    seen: Seen | None = None


class Standings(Protocol):
    """Tells the standing of users."""

    def standing(
        self, user_id: UUID, deadline: Deadline, *, max_staleness_seconds: float | None = None
    ) -> Standing:
        """The standing of a user, read at most so long ago; 0: read now. None: as it may be.

        Raises UserNotFound, StoreUnavailable, DeadlinePassed, CallAbandoned.
        """
        ...


class AccountReader(Protocol):
    """The part of AccountStore that a standing is read from."""

    def account_and_lock(self, user_id: UUID, deadline: Deadline) -> tuple[Account, bool]:
        """As AccountStore.account_and_lock."""
        ...


class StoredStandings:
    """Reads each standing from the store."""

    def __init__(self, store: AccountReader) -> None:
        self._store = store

    def standing(
        self,
        user_id: UUID,
        deadline: Deadline,
        *,
        max_staleness_seconds: float | None = None,  # noqa: ARG002  # nothing is older than now
    ) -> Standing:
        """As it is stored. Raises UserNotFound, StoreUnavailable, DeadlinePassed, CallAbandoned."""
        return Standing(*self._store.account_and_lock(user_id, deadline))
