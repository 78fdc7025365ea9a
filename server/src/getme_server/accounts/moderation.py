"""What moderators may change of anybody: the status, which carries the role, and the tokens.

    the status goes from     what is done, in this order
    good to barred           it is written. Each call reads it, so that one write bars at once
    barred to good           all sessions and tokens end; it is written. Nothing from before comes
                             back to life
    one role to a lesser     all sessions and tokens end; it is written; they end again. Tokens
                             tell their roles themselves, and one may be issued between the two
    any other                it is written

What is cut off between two of these leaves the old status, and the same call made again does all of
it; or, cut off before the last step, the new status, and tokens of the lost role only where
somebody signed in at that very moment.
"""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.accounts.actor import Actor
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.errors import EtagMismatch, StoreUnavailable
from getme_server.accounts.expulsion import Expulsion
from getme_server.accounts.last_moderator import LastModeratorRule
from getme_server.accounts.roles import (
    KNOWN_STATUSES,
    MODERATOR,
    effective_roles,
    require_good_standing,
)
from getme_server.accounts.store import AccountStore
from getme_server.accounts.user_lookup import UserLookup
from getme_server.deadline import Deadline
from getme_server.errors import GetmeError, InvalidField

_ACTIVE = "active"


class Effect(StrEnum):
    """What a status does to its user."""

    NONE = "none"  # the user has it already
    BARRED = "barred"  # every call is refused
    SIGNED_OUT = "signed_out"  # the user may call, but has to sign in again
    NO_LESS = "no_less"  # the user may do what was allowed before, or more


class StatusChange(NamedTuple):
    """An account as it is now, and its status before."""

    account: Account
    before: str
    effect: Effect


class FoundUser(NamedTuple):
    """An account, and whether sign-in with its address is locked."""

    account: Account
    credentials_locked: bool


class Moderation:
    """Changes accounts for moderators and operators. Who may is decided by who calls this."""

    def __init__(
        self,
        accounts: AccountStore,
        last_moderator: LastModeratorRule,
        expulsion: Expulsion,
        audit: Audit,
    ) -> None:
        self._accounts = accounts
        self._lookup = UserLookup(accounts)
        self._last_moderator = last_moderator
        self._expulsion = expulsion
        self._audit = audit

    def find(self, user: UUID | str, actor: Actor, deadline: Deadline) -> FoundUser:
        """Who has this ID or this address. Raises UserNotFound, StoreUnavailable."""
        account = self._lookup.account(user, deadline)
        locked = self._lookup.is_locked(account, deadline)
        self._record(Action.USER_FOUND, account.user_id, actor)
        return FoundUser(account, locked)

    def set_status(
        self,
        user_id: UUID,
        account_status: str,
        actor: Actor,
        deadline: Deadline,
        *,
        force: bool = False,
    ) -> StatusChange:
        """Gives an account a status; does nothing where it has it. force: the last moderator too.

        Raises InvalidField, UserNotFound, LastModerator, EtagMismatch if the status was changed
        by somebody else at the same time, StoreUnavailable after which the same call may be made
        again, CallAbandoned.
        """
        if account_status not in KNOWN_STATUSES:
            known = ", ".join(sorted(KNOWN_STATUSES))
            raise InvalidField({"account_status": f"must be one of {known}"})
        seen = self._accounts.account(user_id, deadline)
        effect = _effect(seen.account_status, account_status)
        wanted = seen._replace(account_status=account_status)
        if effect is not Effect.NONE:
            facts = {"before": seen.account_status, "after": account_status}
            try:
                # Whoever asks for it and does not wait has asked for it all the same.
                self._change(seen, wanted, effect, deadline.detached(), force=force)
            except StoreUnavailable:
                self._record(Action.STATUS_CHANGED, user_id, actor, **facts, outcome="unknown")
                raise
            self._record(Action.STATUS_CHANGED, user_id, actor, **facts)
        elif account_status == MODERATOR:
            # Whoever wrote that status, the store shall list the moderator from now on.
            self._write(seen, MODERATOR, deadline)
        return StatusChange(wanted, seen.account_status, effect)

    def reinstate(self, user_id: UUID, actor: Actor, deadline: Deadline) -> StatusChange:
        """Makes an account active, unless its status grants as much already: nothing is done then.

        Raises as set_status does.
        """
        seen = self._accounts.account(user_id, deadline)
        if effective_roles((), seen.account_status):
            return StatusChange(seen, seen.account_status, Effect.NONE)
        return self.set_status(user_id, _ACTIVE, actor, deadline)

    def revoke_tokens(
        self, user_id: UUID, actor: Actor, deadline: Deadline, *, force: bool = False
    ) -> float:
        """Takes back all tokens of a user and ends all sessions; the moment, as `expel` does.

        force: also of a user who is not there. Raises UserNotFound, StoreUnavailable.
        """
        if not force:
            self._accounts.account(user_id, deadline)
        moment = self._expulsion.expel(user_id, deadline)
        self._record(Action.TOKENS_REVOKED, user_id, actor)
        return moment

    def _change(
        self, seen: Account, wanted: Account, effect: Effect, deadline: Deadline, *, force: bool
    ) -> None:
        def change() -> None:
            if effect is Effect.SIGNED_OUT:
                self._expulsion.expel(seen.user_id, deadline)
            self._write(seen, wanted.account_status, deadline)

        def undo() -> None:
            self._write(wanted, seen.account_status, deadline)

        if force or wanted.account_status == MODERATOR:
            change()
        else:
            self._last_moderator.keep_one(seen, deadline, change=change, undo=undo)
        if effect is Effect.SIGNED_OUT and not _is_barred(seen.account_status):
            self._expulsion.expel(seen.user_id, deadline)

    def _write(self, seen: Account, account_status: str, deadline: Deadline) -> None:
        if not self._accounts.set_status(seen, account_status, deadline):
            raise EtagMismatch("the account was changed or removed in the meantime; look again")

    def _record(self, action: Action, user_id: UUID, actor: Actor, **facts: str) -> None:
        self._audit.record(action, by=actor.by, user_id=user_id, origin=actor.origin, **facts)


def _effect(before: str, after: str) -> Effect:
    if before == after:
        return Effect.NONE
    if _is_barred(after):
        return Effect.BARRED
    keeps_roles = set(effective_roles((), before)) <= set(effective_roles((), after))
    if _is_barred(before) or not keeps_roles:
        return Effect.SIGNED_OUT
    return Effect.NO_LESS


def _is_barred(account_status: str) -> bool:
    try:
        require_good_standing(account_status)
    except GetmeError:
        return True
    return False
