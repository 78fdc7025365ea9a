"""Finds an account by its ID or by an address, in whatever spelling somebody types it."""

from contextlib import suppress
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.accounts.email_address import spellings
from getme_server.accounts.errors import UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline


class UserLookup:
    """Looks users up."""

    def __init__(self, accounts: AccountStore) -> None:
        self._accounts = accounts

    def account(self, user: UUID | str, deadline: Deadline) -> Account:
        """The account of a user ID or of an e-mail address. Raises UserNotFound, StoreUnavailable.

        An account that nobody can sign in to is found by its ID alone.
        """
        if isinstance(user, UUID):
            return self._accounts.account(user, deadline)
        for email in reversed(spellings(user)):  # as it was given at first
            with suppress(UserNotFound):
                return self._accounts.account(self._accounts.owner(email, deadline), deadline)
        raise UserNotFound("there is no such user")

    def is_locked(self, account: Account, deadline: Deadline) -> bool:
        """Whether the credentials of an account are locked. Raises StoreUnavailable."""
        email = account.email
        return bool(email) and self._accounts.credentials_locked(email, deadline)
