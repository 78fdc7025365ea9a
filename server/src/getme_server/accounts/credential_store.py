"""What a store of credentials must do: the rows of `user_credentials` and `login_attempts`."""

from typing import Protocol
from uuid import UUID

from getme_server.accounts.account import Credentials
from getme_server.deadline import Deadline


class CredentialStore(Protocol):
    """Reads and changes what signs accounts in. Safe for use by many threads at once.

    Every method raises StoreUnavailable, DeadlinePassed and CallAbandoned as AccountStore's do. A
    write that raised may have been made or not, and may be made again.
    """

    def credentials(self, email: str, deadline: Deadline) -> Credentials | None:
        """The credentials of an address; None where there are none, or they belong to nobody.

        With every write that was acknowledged.
        """
        ...

    def add(self, credentials: Credentials, deadline: Deadline) -> bool:
        """Adds credentials where the address has none; False where it has."""
        ...

    def replace_password(self, before: Credentials, password: str, deadline: Deadline) -> bool:
        """Puts a hash in the place of before.password; one conditional write.

        False where the row has another password by now, or belongs to another than before.user_id.
        """
        ...

    def set_locked(self, email: str, *, locked: bool, deadline: Deadline) -> bool:
        """Locks or unlocks the credentials of an address. False where there are none."""
        ...

    def remove(self, email: str, user_id: UUID, deadline: Deadline) -> None:
        """Removes the credentials of an address, if they belong to this user: it is free then.

        And its count of failed attempts.
        """
        ...

    def count_failed_attempt(self, email: str, deadline: Deadline) -> None:
        """Adds one to KillrVideo's count of failed sign-ins with an address.

        Never repeated by the store: a counter that was raised twice cannot be told from one that
        should have been.
        """
        ...
