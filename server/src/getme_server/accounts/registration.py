"""How an account is made by who will own it."""

from collections.abc import Callable
from uuid import uuid4

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.email_address import canonical, spellings
from getme_server.accounts.errors import EmailTaken, OutcomeUnknown, StoreUnavailable, UserNotFound
from getme_server.accounts.origin import Origin
from getme_server.accounts.person_name import person_name
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField
from getme_server.passwords.hashing import PasswordHasher
from getme_server.passwords.rules import require_good

FIRST_STATUS = "active"


class Registration:
    """Makes accounts. wall_clock: seconds since 1970."""

    def __init__(
        self,
        accounts: AccountStore,
        hasher: PasswordHasher,
        limits: AttemptLimits,
        audit: Audit,
        wall_clock: Callable[[], float],
    ) -> None:
        self._accounts = accounts
        self._hasher = hasher
        self._limits = limits
        self._audit = audit
        self._wall_clock = wall_clock

    def register(  # noqa: PLR0913  # what the call says, and from where
        self,
        *,
        email: str,
        password: str,
        firstname: str,
        lastname: str,
        origin: Origin,
        deadline: Deadline,
    ) -> Account:
        """The account that was made, which the password signs in from now on.

        Raises InvalidField with all that is wrong, RateLimited, EmailTaken, StoreUnavailable (of
        which OutcomeUnknown says that it may have been made), CallAbandoned.
        """
        account = self._new_account(email, password, firstname, lastname)
        self._limits.take(Attempt.REGISTER, address=origin.address)
        # The answer tells that an address is taken, so the time may tell it too, and no hash is
        # made for nothing. Who is first of several that see it free, the store decides.
        self._require_free(email, deadline)
        hashed = self._hasher.hash(password)
        credentials = Credentials(account.email, hashed, account.user_id, account_locked=False)
        self._create(account, credentials, deadline.again())
        self._audit.record(
            Action.REGISTERED, by=str(account.user_id), user_id=account.user_id, origin=origin
        )
        return account

    def _new_account(self, email: str, password: str, firstname: str, lastname: str) -> Account:
        """The account as it will be. Raises InvalidField with all that is wrong."""
        violations: dict[str, str] = {}

        def checked(rule: Callable[[], str]) -> str:
            try:
                return rule()
            except InvalidField as invalid:
                violations.update(invalid.violations)
                return ""

        account = Account(
            uuid4(),
            checked(lambda: person_name(firstname, "firstname")),
            checked(lambda: person_name(lastname, "lastname")),
            checked(lambda: canonical(email)),
            FIRST_STATUS,
            int(self._wall_clock() * 1_000),
            None,
        )
        try:
            require_good(password, email=email, firstname=firstname, lastname=lastname)
        except InvalidField as invalid:
            violations.update(invalid.violations)
        if violations:
            raise InvalidField(violations)
        return account

    def _require_free(self, email: str, deadline: Deadline) -> None:
        """Raises EmailTaken if the address signs somebody in, in whatever spelling it is stored."""
        for spelled in spellings(email):
            try:
                self._accounts.owner(spelled, deadline)
            except UserNotFound:
                continue
            raise EmailTaken

    def _create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        try:
            self._accounts.create(account, credentials, deadline)
        except OutcomeUnknown as unknown:
            # The same call again finishes what was begun, or finds it done.
            try:
                self._accounts.create(account, credentials, deadline.again())
            except StoreUnavailable:  # of the second call, so that the first may have been done
                raise unknown from None
