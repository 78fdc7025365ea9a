"""What a store of accounts must do.

The tests run against every store that there is (`people_store` and `new_store` in
`tests/conftest.py`).
"""

from collections.abc import Iterable
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
