"""A new password for the old one (NIST SP 800-63B section 3.1.1, OWASP ASVS 5.0, 6.2.2 and 7.4.3).

The new hash is written before the other sessions are ended. A sign-in with the old password that
is under way meanwhile looks again after its session is there (`sign_in`): it sees the new hash, or
its session is there to be ended. A crash between the two leaves sessions of before; the same call
made again ends them.
"""

from getme_server.accounts.account import Account
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.credential_store import CredentialStore
from getme_server.accounts.errors import EtagMismatch
from getme_server.accounts.origin import Origin
from getme_server.accounts.password_again import PasswordAgain
from getme_server.accounts.sessions import Sessions
from getme_server.deadline import Deadline
from getme_server.passwords.hashing import PasswordHasher
from getme_server.passwords.rules import require_good


class PasswordChange:
    """Changes passwords."""

    def __init__(
        self,
        credentials: CredentialStore,
        password_again: PasswordAgain,
        hasher: PasswordHasher,
        sessions: Sessions,
        audit: Audit,
    ) -> None:
        self._credentials = credentials
        self._password_again = password_again
        self._hasher = hasher
        self._sessions = sessions
        self._audit = audit

    def change(  # noqa: PLR0913  # what the call says, and from where
        self,
        account: Account,
        old_password: str,
        new_password: str,
        *,
        session_id: str,
        origin: Origin,
        deadline: Deadline,
    ) -> None:
        """Puts new_password in effect and ends all sessions but that of session_id.

        Raises InvalidField naming new_password, BadCredentials, RateLimited, EtagMismatch if it
        was changed by another call at the same time, StoreUnavailable, CallAbandoned.
        """
        require_good(
            new_password,
            email=account.email,
            firstname=account.firstname,
            lastname=account.lastname,
            field="new_password",
        )
        found = self._password_again.of(account, origin, deadline)
        if found is not None and self._password_again.matches(old_password, found):
            renewed = self._hasher.hash(new_password)
            deadline = deadline.again()
            if not self._credentials.replace_password(found, renewed, deadline):
                raise EtagMismatch("the password was changed in the meantime")
        else:
            # A call that was cut off after its first write, and is made again, finds the new
            # password where the old one was. Counted once more: it is one more guess.
            found = self._password_again.of(account, origin, deadline.again())
            if not self._password_again.matches(new_password, found):
                raise self._password_again.refuse(account, found, origin)
        # The password has changed: the rest is done though the caller may wait no longer.
        self._sessions.end_all(account.user_id, deadline.detached(), but=session_id)
        self._audit.record(
            Action.PASSWORD_CHANGED,
            by=str(account.user_id),
            user_id=account.user_id,
            origin=origin,
        )
