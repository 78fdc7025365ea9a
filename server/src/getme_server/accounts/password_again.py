"""The password once more, from somebody who has a token.

Before a change that a thief of the token must not make (OWASP ASVS 5.0, 7.5.1). It is limited as
sign-in is, by the same counts.
"""

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.credential_store import CredentialStore, Later
from getme_server.accounts.email_address import spellings
from getme_server.accounts.errors import BadCredentials
from getme_server.accounts.origin import Origin
from getme_server.deadline import Deadline
from getme_server.passwords.hashing import PasswordHasher


class PasswordAgain:
    """Asks accounts for their passwords. later: does writes after the answer."""

    def __init__(
        self,
        credentials: CredentialStore,
        hasher: PasswordHasher,
        limits: AttemptLimits,
        later: Later,
        audit: Audit,
    ) -> None:
        self._audit = audit
        self._later = later
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
        if not account.email:
            return None
        found = self._credentials.credentials(account.email, deadline)
        return found if found is not None and found.user_id == account.user_id else None

    def matches(self, password: str, found: Credentials | None) -> bool:
        """Whether the password is that of credentials; takes as long where there are none."""
        return self._hasher.check(password, found.password if found else None).matches

    def refuse(self, account: Account, found: Credentials | None, origin: Origin) -> BadCredentials:
        """What a wrong password is answered with, once it has been counted and recorded."""
        user_id = account.user_id
        self._audit.record(Action.PASSWORD_REFUSED, by=str(user_id), user_id=user_id, origin=origin)
        if found is not None:
            email = found.email
            self._later(lambda deadline: self._credentials.count_failed_attempt(email, deadline))
        return BadCredentials("the password, asked for again, is wrong")
