"""Refusals that follow from what is stored about an account."""

from getme.reasons import Reason
from getme_server.errors import GetmeError


class UserNotFound(GetmeError):
    """No account has this user ID."""

    reason = Reason.USER_NOT_FOUND


class EmailTaken(GetmeError):
    """The address signs in another account; no other user ID will help, another address will."""

    reason = Reason.EMAIL_TAKEN

    def __init__(self) -> None:
        super().__init__("this e-mail address belongs to an account already")


class BadCredentials(GetmeError):
    """E-mail address and password do not sign anybody in; never says which of them is wrong."""

    reason = Reason.BAD_CREDENTIALS

    def __init__(self, cause: str) -> None:
        super().__init__("the e-mail address or the password is wrong", cause=cause)


class RateLimited(GetmeError):
    """Too many attempts; waiting helps (unlike BadCredentials, the password was not looked at)."""

    reason = Reason.RATE_LIMITED

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__("too many attempts; wait before the next one")
        self.retry_after_seconds = retry_after_seconds


class EtagMismatch(GetmeError):
    """It was changed since the caller looked at it; nothing was changed by this call."""

    reason = Reason.ETAG_MISMATCH


class SessionNotFound(GetmeError):
    """The caller has no session with this ID; it may have ended."""

    reason = Reason.SESSION_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("the caller has no such session")


class LastModerator(GetmeError):
    """It would leave no moderator who could undo it."""

    reason = Reason.LAST_MODERATOR

    def __init__(self) -> None:
        super().__init__("this is the last moderator in good standing; make another one first")


class RoleRequired(GetmeError):
    """The caller is known, and no role grants what is asked; the account itself is in order."""

    reason = Reason.ROLE_REQUIRED


class AccountSuspended(GetmeError):
    """A moderator has barred the account for a time; signing in again will not help."""

    reason = Reason.ACCOUNT_SUSPENDED


class AccountLocked(GetmeError):
    """The account, or the credentials that sign it in, are locked."""

    reason = Reason.ACCOUNT_LOCKED


class AccountInactive(GetmeError):
    """The account was never activated, or was put to rest by its owner."""

    reason = Reason.ACCOUNT_INACTIVE


class AccountBanned(GetmeError):
    """A moderator has barred the account for good (unlike AccountSuspended)."""

    reason = Reason.ACCOUNT_BANNED


class StoreUnavailable(GetmeError):
    """The store gave no answer in time; the same call may succeed later."""

    reason = Reason.STORE_UNAVAILABLE
    retry_after_seconds = 1.0

    def __init__(self, cause: str) -> None:
        super().__init__("the store of accounts does not answer", cause=cause)


class OutcomeUnknown(StoreUnavailable):
    """An account may have been made or not, unlike after any other StoreUnavailable.

    The same call with the same user ID is safe: it finishes what was begun, or finds it done.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(f"the account may have been made or not, repeating is safe; {cause}")
