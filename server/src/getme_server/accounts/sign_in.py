"""Sign-in with e-mail address and password.

One answer and one timing, whether the address is unknown, the password wrong, the stored hash
unusable or the credentials locked (OWASP ASVS 5.0, 6.3.8): each attempt is counted, looks the
address up and costs one hash. What the account's status forbids is told to who knows the password.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, NoReturn

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.credential_store import CredentialStore
from getme_server.accounts.current_user import CurrentUser, CurrentUserRule
from getme_server.accounts.email_address import spellings
from getme_server.accounts.errors import BadCredentials, StoreUnavailable, UserNotFound
from getme_server.accounts.failed_attempts import FailedAttempts
from getme_server.accounts.origin import Origin
from getme_server.accounts.refresh_token import RefreshToken
from getme_server.accounts.session_tokens import AccessTokens, TokenPair
from getme_server.accounts.sessions import Sessions
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import GetmeError, TokenInvalid
from getme_server.passwords.hashing import PasswordHasher

# What an attempt counts for whose address is none.
_NO_ADDRESS = "no address"


class SignedIn(NamedTuple):
    """Who has signed in, and with what that is proved from now on."""

    current: CurrentUser
    tokens: TokenPair


class SignIn:
    """Begins sessions. wall_clock: seconds since 1970."""

    def __init__(  # noqa: PLR0913  # each is a part that a sign-in asks
        self,
        *,
        accounts: AccountStore,
        credentials: CredentialStore,
        current_user: CurrentUserRule,
        hasher: PasswordHasher,
        sessions: Sessions,
        access_tokens: AccessTokens,
        limits: AttemptLimits,
        audit: Audit,
        failed_attempts: FailedAttempts,
        wall_clock: Callable[[], float],
    ) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._current_user = current_user
        self._hasher = hasher
        self._sessions = sessions
        self._access_tokens = access_tokens
        self._limits = limits
        self._audit = audit
        self._failed_attempts = failed_attempts
        self._wall_clock = wall_clock

    def sign_in(self, email: str, password: str, origin: Origin, deadline: Deadline) -> SignedIn:
        """A new session of whom address and password name.

        Raises BadCredentials, RateLimited, what CurrentUserRule raises of the account,
        StoreUnavailable, CallAbandoned.
        """
        spelled = spellings(email)
        account_key = spelled[0] if spelled else _NO_ADDRESS
        self._limits.take(Attempt.PASSWORD, address=origin.address, account=account_key)
        found = self._found(spelled, deadline)
        check = self._hasher.check(password, found.password if found else None)
        deadline = deadline.again()
        if found is None or not check.matches or found.account_locked:
            self._failed_attempts.count(found)
            self._refuse(found, origin)
        self._current(found, origin, deadline)
        if check.outdated:
            found = self._rehashed(found, password, deadline)
            deadline = deadline.again()
        refresh = self._sessions.begin(found.user_id, origin, deadline)
        self._require_unchanged(found, password, refresh, origin, deadline)
        # Once more: who takes a role away ends the sessions that there are then.
        current = self._current(found, origin, deadline)
        return self._signed_in(current, refresh, origin, deadline)

    def begin(self, account: Account, origin: Origin, deadline: Deadline) -> SignedIn:
        """A first session of an account that was made in this very call, for who made it.

        Raises what CurrentUserRule raises, StoreUnavailable, CallAbandoned.
        """
        refresh = self._sessions.begin(account.user_id, origin, deadline)
        current = self._current_user.current(account.user_id, (), deadline, max_staleness_seconds=0)
        return self._signed_in(current, refresh, origin, deadline)

    def _found(self, spelled: tuple[str, ...], deadline: Deadline) -> Credentials | None:
        """The credentials under the first spelling that has some: as it was given at first.

        In KillrVideo's table `Ada@example.org` may belong to somebody; who registers the same in
        small letters must not take her place.
        """
        for email in reversed(spelled):
            found = self._credentials.credentials(email, deadline)
            if found is not None:
                return found
        return None

    def _refuse(self, found: Credentials | None, origin: Origin) -> NoReturn:
        self._record_refused(found, origin, reason=BadCredentials.reason)
        raise BadCredentials("the password is wrong, or nobody can sign in there")

    def _record_refused(self, found: Credentials | None, origin: Origin, *, reason: str) -> None:
        self._audit.record(
            Action.SIGN_IN_REFUSED,
            by="unknown",
            user_id=found.user_id if found else None,
            origin=origin,
            reason=reason,
        )

    def _current(self, found: Credentials, origin: Origin, deadline: Deadline) -> CurrentUser:
        try:
            return self._current_user.current(found.user_id, (), deadline, max_staleness_seconds=0)
        except (TokenInvalid, UserNotFound):  # the account is being removed
            self._refuse(found, origin)
        except StoreUnavailable:
            raise
        except GetmeError as barred:
            self._record_refused(found, origin, reason=barred.reason)
            raise

    def _rehashed(self, found: Credentials, password: str, deadline: Deadline) -> Credentials:
        """The credentials with a hash of today; as they are where the store does not take it."""
        renewed = self._hasher.hash(password)
        with suppress(StoreUnavailable):
            if self._credentials.replace_password(found, renewed, deadline.again()):
                return found._replace(password=renewed)
        return found

    def _require_unchanged(
        self,
        before: Credentials,
        password: str,
        refresh: RefreshToken,
        origin: Origin,
        deadline: Deadline,
    ) -> None:
        """Ends the session that has just begun, if the password was changed meanwhile.

        Whoever changes it, locks it or removes it ends the sessions that there are afterwards: so
        either that comes after this look and finds the session, or this look sees the change.
        """
        after = self._credentials.credentials(before.email, deadline)
        if after == before:
            return
        if (
            after is not None
            and after.user_id == before.user_id
            and not after.account_locked
            # Another sign-in at the same time may have put a newer hash of the same password there.
            and self._hasher.check(password, after.password).matches
        ):
            return
        self._sessions.end(before.user_id, [refresh.session_id], deadline.again())
        self._refuse(before, origin)

    def _signed_in(
        self, current: CurrentUser, refresh: RefreshToken, origin: Origin, deadline: Deadline
    ) -> SignedIn:
        user_id = current.account.user_id
        moment = int(self._wall_clock() * 1_000)
        with suppress(StoreUnavailable):  # a sign-in is right without its date
            self._accounts.record_sign_in(user_id, moment, deadline)
        self._audit.record(
            Action.SIGNED_IN,
            by=str(user_id),
            user_id=user_id,
            origin=origin,
            session_id=str(refresh.session_id),
        )
        access = self._access_tokens.issue(user_id, current.roles, refresh.session_id)
        account = current.account._replace(last_login_date=moment)
        return SignedIn(current._replace(account=account), TokenPair(access, refresh))
