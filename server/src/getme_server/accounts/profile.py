"""What people change about themselves: their names."""

from collections.abc import Callable, Mapping

from getme_server.accounts.account import Account
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.errors import EtagMismatch
from getme_server.accounts.origin import Origin
from getme_server.accounts.person_name import person_name
from getme_server.accounts.roles import require_good_standing
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField

NAMES = ("firstname", "lastname")

# How often a change is tried that others get ahead of, each time with another change of their own.
MAX_TRIES = 5


class Profile:
    """Changes names."""

    def __init__(self, accounts: AccountStore, audit: Audit) -> None:
        self._accounts = accounts
        self._audit = audit

    def update(
        self,
        seen: Account,
        changes: Mapping[str, str],
        *,
        is_expected: Callable[[Account], bool] | None,
        origin: Origin,
        deadline: Deadline,
    ) -> Account:
        """The account after the change; the same, and nothing written, where none is asked.

        seen: as it was read for this call. changes: new values of NAMES; other keys are ignored,
        never applied. is_expected: whether an account is the version that the caller knows and
        means to change; None: any is.

        Raises InvalidField, EtagMismatch if it is not that version any more (without is_expected:
        if others were faster each time), UserNotFound if it is gone, what require_good_standing
        raises if it was barred since it was seen, StoreUnavailable, CallAbandoned.
        """
        names = _checked(changes)
        if is_expected is not None and not is_expected(seen):
            raise EtagMismatch("the account was changed since")
        for _ in range(MAX_TRIES):
            wanted = seen._replace(
                firstname=names.get("firstname", seen.firstname),
                lastname=names.get("lastname", seen.lastname),
            )
            if wanted == seen:
                return seen
            changed = self._accounts.update_names(seen, wanted.firstname, wanted.lastname, deadline)
            if changed is not None:
                self._record(seen, changed, origin)
                return changed
            if is_expected is not None:
                break
            seen = self._accounts.account(seen.user_id, deadline)
            require_good_standing(seen.account_status)
        raise EtagMismatch("the account was changed in the meantime")

    def _record(self, before: Account, after: Account, origin: Origin) -> None:
        fields = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
        self._audit.record(
            Action.PROFILE_CHANGED,
            by=str(after.user_id),
            user_id=after.user_id,
            origin=origin,
            fields=",".join(fields),
        )


def _checked(changes: Mapping[str, str]) -> dict[str, str]:
    """The changes of names as they will be stored. Raises InvalidField with all that is wrong."""
    names: dict[str, str] = {}
    violations: dict[str, str] = {}
    for field in NAMES:
        if field in changes:
            try:
                names[field] = person_name(changes[field], field)
            except InvalidField as invalid:
                violations.update(invalid.violations)
    if violations:
        raise InvalidField(violations)
    return names
