"""That there is always a moderator left who can undo what moderators do.

A moderator in good standing has the stored status `moderator` and credentials that are not locked.
A role that stands in a token alone does not count: nobody knows how long that token lives.
"""

from collections.abc import Callable

from getme_server.accounts.account import Account
from getme_server.accounts.errors import LastModerator
from getme_server.accounts.roles import MODERATOR
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline


class LastModeratorRule:
    """Refuses what would leave no moderator in good standing."""

    def __init__(self, accounts: AccountStore) -> None:
        self._accounts = accounts

    def require_another(self, account: Account, deadline: Deadline) -> None:
        """Raises LastModerator if this is the only moderator in good standing, StoreUnavailable."""
        if self._is_in_good_standing(account, deadline):
            self._require_others(account, deadline)

    def keep_one(
        self,
        account: Account,
        deadline: Deadline,
        *,
        change: Callable[[], None],
        undo: Callable[[], None],
    ) -> None:
        """Makes a change after which the account is no moderator in good standing.

        Two moderators who bar each other at the same moment each see the other before they write.
        So it is looked at again afterwards: whoever then sees no other takes the change back.
        Raises LastModerator, what change and undo raise, StoreUnavailable.
        """
        counted = self._is_in_good_standing(account, deadline)
        if counted:
            self._require_others(account, deadline)
        change()
        if counted:
            try:
                self._require_others(account, deadline)
            except LastModerator:
                undo()
                raise

    def _require_others(self, account: Account, deadline: Deadline) -> None:
        candidates = [one for one in self._accounts.moderators(deadline) if one != account.user_id]
        for other in self._accounts.accounts(candidates, deadline):
            if self._is_in_good_standing(other, deadline):
                return
        raise LastModerator

    def _is_in_good_standing(self, account: Account, deadline: Deadline) -> bool:
        if account.account_status != MODERATOR:
            return False
        email = account.email
        return not (email and self._accounts.credentials_locked(email, deadline))
