"""The answer that getme exists for: who is calling, and whether they may."""

from typing import NamedTuple
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.accounts.errors import AccountLocked, UserNotFound
from getme_server.accounts.roles import effective_roles, require_good_standing, require_viewer
from getme_server.accounts.standing import Seen, Standing, Standings
from getme_server.deadline import Deadline
from getme_server.errors import TokenInvalid


class CurrentUser(NamedTuple):
    """The caller's account and what the caller may act as. seen: as in Standing."""

    account: Account
    roles: tuple[str, ...]
    seen: Seen | None


class CurrentUserRule:
    """Finds the caller's account and decides whether it may call.

    report_missing_user: tell the bearer of a good token that its user is gone (UserNotFound)
    instead of answering as to any bad token (TokenInvalid).
    """

    def __init__(self, standings: Standings, *, report_missing_user: bool) -> None:
        self._standings = standings
        self._report_missing_user = report_missing_user

    def current(
        self,
        user_id: UUID,
        token_roles: tuple[str, ...],
        deadline: Deadline,
        *,
        max_staleness_seconds: float | None = None,
    ) -> CurrentUser:
        """The caller, whom a verified token names with token_roles.

        max_staleness_seconds: how long ago it may have been read from the store; 0: it is read
        now. None: as long as may be.

        Raises TokenInvalid or UserNotFound where the user is gone, AccountSuspended,
        AccountLocked, AccountInactive or AccountBanned where the account is barred,
        RoleRequired where no role grants viewer, StoreUnavailable.
        """
        account, is_locked, seen = self._standing(user_id, deadline, max_staleness_seconds)
        require_good_standing(account.account_status)
        if is_locked:
            raise AccountLocked("the credentials of this account are locked")
        roles = effective_roles(token_roles, account.account_status)
        require_viewer(roles)
        return CurrentUser(account, roles, seen)

    def _standing(
        self, user_id: UUID, deadline: Deadline, max_staleness_seconds: float | None
    ) -> Standing:
        try:
            return self._standings.standing(
                user_id, deadline, max_staleness_seconds=max_staleness_seconds
            )
        except UserNotFound:
            if self._report_missing_user:
                raise
            raise TokenInvalid("its user does not exist") from None
