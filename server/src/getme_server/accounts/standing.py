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

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account. Raises UserNotFound, StoreUnavailable."""
        ...

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """Whether the credentials of this address are locked. Raises StoreUnavailable."""
        ...


class StoredStandings:
    """Reads each standing from the store: `users` by its partition key, then the lock."""

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
        account = self._store.account(user_id, deadline)
        email = account.email
        is_locked = bool(email) and self._store.credentials_locked(email, deadline)
        return Standing(account, is_locked)
