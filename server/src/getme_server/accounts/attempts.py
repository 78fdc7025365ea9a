"""What limits attempts: each is counted before anything is decided, and success gives none back."""

from enum import StrEnum
from typing import Protocol


class Attempt(StrEnum):
    """What is attempted; each is counted apart, except that passwords are checked by several."""

    PASSWORD = "password"  # sign-in, and every call that asks for the password again
    REGISTER = "register"
    REFRESH = "refresh"


class AttemptLimits(Protocol):
    """Counts attempts."""

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        """Counts one attempt, or raises RateLimited, which says how long to wait.

        Of any number at once, no more than the limit get through. address: of the client, empty
        where unknown. account: what is attacked, such as an e-mail address; empty where nothing
        is.
        """
        ...
