"""What a store of accounts must do.

The tests run against every store that there is (`people_store` and `new_store` in
`tests/conftest.py`).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from getme_server.accounts.account import Account, Credentials
from getme_server.deadline import Deadline


class ImportCount(NamedTuple):
    """How many rows an import added, and how many it found there already and left alone."""

    added: int
    kept: int


class AccountStore(Protocol):
    """Reads and makes accounts. Safe for use by many threads at once.

    Every method raises StoreUnavailable if there is no answer, DeadlinePassed if there is none
    before the caller's own deadline, and CallAbandoned if nobody waits for it any more.
    """

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account, read once by its partition key. Raises UserNotFound."""
        ...

    def account_and_lock(self, user_id: UUID, deadline: Deadline) -> tuple[Account, bool]:
        """The account, and whether the credentials of its address are locked.

        Raises UserNotFound.
        """
        ...

    def accounts(self, user_ids: Sequence[UUID], deadline: Deadline) -> list[Account]:
        """Those of the users that there are, in the order asked.

        Each is read by its partition key, all at the same time.
        """
        ...

    def credentials_locked(self, email: str, deadline: Deadline) -> bool:
        """Whether the credentials of this address are locked; False where there are none."""
        ...

    def owner(self, email: str, deadline: Deadline) -> UUID:
        """The ID of the user whom this address signs in. Raises UserNotFound."""
        ...

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        """Makes an account and what signs it in, which have user ID and e-mail in common.

        Of several that want one address at once, exactly one is made. May be repeated with the
        same user ID and e-mail, after whatever became of the first time: it finishes what was
        begun, and leaves alone what is there.

        Raises EmailTaken if the address belongs to another user ID, InvalidField if the user ID
        belongs to an account with another address, OutcomeUnknown (a StoreUnavailable) if the
        account may have been made or not; after any other error of these it was not made.
        """
        ...

    def update_names(
        self, seen: Account, firstname: str, lastname: str, deadline: Deadline
    ) -> Account | None:
        """Gives an account these names; the account as it is then.

        One conditional write: None where names, e-mail or status are not as in seen any more.
        """
        ...

    def set_status(self, seen: Account, account_status: str, deadline: Deadline) -> bool:
        """Gives an account this status, if it still has that of seen; one conditional write."""
        ...

    def record_sign_in(self, user_id: UUID, moment: int, deadline: Deadline) -> None:
        """Sets last_login_date of an account that is there. moment: milliseconds since 1970."""
        ...

    def moderators(self, deadline: Deadline) -> list[UUID]:
        """Users whose status was set to `moderator` through getme, an import included.

        Some of them may not have it any more.
        """
        ...

    def begin_removal(self, user_id: UUID, deadline: Deadline) -> None:
        """Notes that the removal of an account was decided, for who must finish it."""
        ...

    def removal_begun(self, user_id: UUID, deadline: Deadline) -> bool:
        """Whether it was noted, and the account not removed since."""
        ...

    def remove(self, user_id: UUID, deadline: Deadline) -> None:
        """Removes the row of an account and, after it, the note; what is gone does not matter."""
        ...

    def probe(self, deadline: Deadline) -> None:
        """Asks the store as calls do, although it may count as away. Raises StoreUnavailable."""
        ...

    def trouble(self) -> str | None:
        """What is wrong though the store answers, and how to mend it; None where nothing is."""
        ...


class ImportStore(Protocol):
    """Takes whole files of accounts. What is there already stays as it is."""

    def add_accounts(self, accounts: Iterable[Account]) -> ImportCount:
        """Adds those whose user_id is not there yet. Raises StoreUnavailable."""
        ...

    def add_credentials(self, credentials: Iterable[Credentials]) -> ImportCount:
        """Adds those whose email is not there yet. Raises StoreUnavailable."""
        ...
