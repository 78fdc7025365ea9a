"""A user who wants to be gone, and says so with the password."""

from getme_server.accounts.account import Account
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.last_moderator import LastModeratorRule
from getme_server.accounts.origin import Origin
from getme_server.accounts.password_again import PasswordAgain
from getme_server.accounts.removal import Removal
from getme_server.deadline import Deadline


class OwnRemoval:
    """Removes accounts for their owners."""

    def __init__(
        self,
        removal: Removal,
        password_again: PasswordAgain,
        last_moderator: LastModeratorRule,
        audit: Audit,
    ) -> None:
        self._removal = removal
        self._password_again = password_again
        self._last_moderator = last_moderator
        self._audit = audit

    def remove(self, account: Account, password: str, origin: Origin, deadline: Deadline) -> None:
        """Removes the account, or finishes what an earlier call began with the right password.

        Raises BadCredentials, RateLimited, LastModerator, StoreUnavailable, CallAbandoned.
        """
        found = self._password_again.of(account, origin, deadline)
        if found is not None or not self._removal.begun(account, deadline):
            if not self._password_again.matches(password, found):
                raise self._password_again.refuse(account, found, origin)
            deadline = deadline.again()
            self._last_moderator.require_another(account, deadline)
        # Before it is done: nobody could repeat a call that was cut off after its last write.
        self._audit.record(
            Action.DELETED, by=str(account.user_id), user_id=account.user_id, origin=origin
        )
        self._removal.remove(account, deadline)
