"""The end of an account: what it signs in with, its sessions, its personal data.

    step                                   a crash before it leaves
    the decision is noted                  the account as it was
    its credentials are removed            the account as it was, and the note
    its sessions are removed               an account that can only finish this, with its token; its
                                           address is free
    its row and the note are removed       the same; no refresh token is good
                                           a note without an account, which means nothing

So whatever was cut off, the same call made again finishes it. It asks for the password as long as
there is one.
"""

from getme_server.accounts.account import Account
from getme_server.accounts.credential_store import CredentialStore
from getme_server.accounts.sessions import Sessions
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline


class Removal:
    """Removes accounts."""

    def __init__(
        self, accounts: AccountStore, credentials: CredentialStore, sessions: Sessions
    ) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._sessions = sessions

    def begun(self, account: Account, deadline: Deadline) -> bool:
        """Whether an earlier call has decided it. Raises StoreUnavailable, CallAbandoned."""
        return self._accounts.removal_begun(account.user_id, deadline)

    def remove(self, account: Account, deadline: Deadline) -> None:
        """Removes an account, or what an earlier call has left of it.

        Its tokens are answered TOKEN_INVALID from then on, as those of any user who is not there.
        Raises StoreUnavailable and CallAbandoned, after which any part may have been removed.
        """
        self._accounts.begin_removal(account.user_id, deadline)
        if account.email:
            self._credentials.remove(account.email, account.user_id, deadline)
        self._sessions.forget_all(account.user_id, deadline)
        self._accounts.remove(account.user_id, deadline)
