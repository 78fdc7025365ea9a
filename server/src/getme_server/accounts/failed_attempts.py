"""KillrVideo's own count of sign-ins that failed, in `login_attempts`."""

from collections.abc import Callable

from getme_server.accounts.account import Credentials
from getme_server.accounts.credential_store import CredentialStore
from getme_server.deadline import Deadline

# Does a write that no answer waits for, and that may be lost.
Later = Callable[[Callable[[Deadline], None]], None]


class FailedAttempts:
    """Counts after the answer, which would tell by its time that there was something to count."""

    def __init__(self, credentials: CredentialStore, later: Later) -> None:
        self._credentials = credentials
        self._later = later

    def count(self, found: Credentials | None) -> None:
        """Counts one for credentials. None: nobody's; no row is made, or guessers would fill it."""
        if found is not None:
            email = found.email
            self._later(lambda deadline: self._credentials.count_failed_attempt(email, deadline))
