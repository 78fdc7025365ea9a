"""The password once more, from somebody who has a token.

Before a change that a thief of the token must not make (OWASP ASVS 5.0, 7.5.1). It is limited as
sign-in is, by the same counts.
"""

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.credential_store import CredentialStore
from getme_server.accounts.email_address import spellings
from getme_server.accounts.errors import BadCredentials
from getme_server.accounts.failed_attempts import FailedAttempts
from getme_server.accounts.origin import Origin
from getme_server.accounts.own_credentials import own_credentials
from getme_server.deadline import Deadline
from getme_server.passwords.hashing import PasswordHasher


class PasswordAgain:
    """Asks accounts for their passwords."""

    def __init__(
        self,
        credentials: CredentialStore,
        hasher: PasswordHasher,
        limits: AttemptLimits,
        failed_attempts: FailedAttempts,
        audit: Audit,
    ) -> None:
        self._audit = audit
        self._failed_attempts = failed_attempts
        self._credentials = credentials
        self._hasher = hasher
        self._limits = limits

    def of(self, account: Account, origin: Origin, deadline: Deadline) -> Credentials | None:
        """An account's credentials, for one attempt, which is counted; None where it has none.

        Raises RateLimited, StoreUnavailable, CallAbandoned.
        """
        named = spellings(account.email)
        key = named[0] if named else str(account.user_id)
        self._limits.take(Attempt.PASSWORD, address=origin.address, account=key)
        return own_credentials(self._credentials, account, deadline)

    def matches(self, password: str, found: Credentials | None) -> bool:
        """Whether the password is that of credentials; takes as long where there are none."""
        return self._hasher.check(password, found.password if found else None).matches

    def refuse(self, account: Account, found: Credentials | None, origin: Origin) -> BadCredentials:
        """What a wrong password is answered with, once it has been counted and recorded."""
        user_id = account.user_id
        self._audit.record(Action.PASSWORD_REFUSED, by=str(user_id), user_id=user_id, origin=origin)
        self._failed_attempts.count(found)
        return BadCredentials("the password, asked for again, is wrong")
