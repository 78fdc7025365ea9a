"""The answer that getme exists for: who is calling, and whether they may."""

from typing import NamedTuple, Protocol
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.accounts.errors import AccountLocked, UserNotFound
from getme_server.accounts.roles import effective_roles, require_good_standing, require_viewer
from getme_server.deadline import Deadline
from getme_server.errors import TokenInvalid


class LockedCredentials(Protocol):
    """Knows whose credentials are locked."""

    def locked(self, email: str, user_id: UUID, deadline: Deadline, *, fresh: bool) -> bool:
        """Whether a user's credentials are locked. fresh: by the store, now."""
        ...


class AccountReader(Protocol):
    """The part of AccountStore that tells what is stored of a user."""

    def account(self, user_id: UUID, deadline: Deadline) -> Account:
        """The account. Raises UserNotFound, StoreUnavailable."""
        ...


class CurrentUser(NamedTuple):
    """The caller's account and what the caller may act as."""

    account: Account
    roles: tuple[str, ...]


class CurrentUserRule:
    """Finds the caller's account and decides whether it may call.

    report_missing_user: tell the bearer of a good token that its user is gone (UserNotFound)
    instead of answering as to any bad token (TokenInvalid).
    """

    def __init__(
        self, store: AccountReader, locks: LockedCredentials, *, report_missing_user: bool
    ) -> None:
        self._store = store
        self._locks = locks
        self._report_missing_user = report_missing_user

    def current(
        self,
        user_id: UUID,
        token_roles: tuple[str, ...],
        deadline: Deadline,
        *,
        fresh: bool = False,
    ) -> CurrentUser:
        """The caller, whom a verified token names with token_roles.

        fresh: nothing that is remembered may be used for the answer.

        Raises TokenInvalid or UserNotFound where the user is gone, AccountSuspended,
        AccountLocked, AccountInactive or AccountBanned where the account is barred,
        RoleRequired where no role grants viewer, StoreUnavailable.
        """
        account = self._account(user_id, deadline)
        require_good_standing(account.account_status)
        email = account.email
        if email and self._locks.locked(email, user_id, deadline, fresh=fresh):
            raise AccountLocked("the credentials of this account are locked")
        roles = effective_roles(token_roles, account.account_status)
        require_viewer(roles)
        return CurrentUser(account, roles)

    def _account(self, user_id: UUID, deadline: Deadline) -> Account:
        try:
            return self._store.account(user_id, deadline)
        except UserNotFound:
            if self._report_missing_user:
                raise
            raise TokenInvalid("its user does not exist") from None
