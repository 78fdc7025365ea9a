"""What operators may change of anybody beyond moderation: what signs in, and whether it is there.

    change            what is done, in this order, and why
    lock              the credentials are locked; all sessions and tokens end. The other way round
                      a sign-in between the two would last: a sign-in looks at the lock once more
                      after its session has begun (`sign_in`), so that it sees the lock, or its
                      session is there to be ended
    unlock            all sessions and tokens end; the lock is taken away. Nothing from before comes
                      back to life, whoever had locked it
    set a password    as for a lock: it is written; all sessions and tokens end

Each may be made again after any failure, and then does all of it.
"""

from uuid import UUID

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.actor import Actor
from getme_server.accounts.audit import Action, Audit
from getme_server.accounts.credential_store import CredentialStore
from getme_server.accounts.errors import EmailTaken, EtagMismatch
from getme_server.accounts.expulsion import Expulsion
from getme_server.accounts.last_moderator import LastModeratorRule
from getme_server.accounts.own_credentials import own_credentials
from getme_server.accounts.removal import Removal
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField


class Administration:
    """Changes accounts for operators.

    Every method raises UserNotFound, StoreUnavailable, CallAbandoned. force: the last moderator
    too, instead of raising LastModerator.
    """

    def __init__(  # noqa: PLR0913  # each is a part that some change asks
        self,
        *,
        accounts: AccountStore,
        credentials: CredentialStore,
        last_moderator: LastModeratorRule,
        expulsion: Expulsion,
        removal: Removal,
        audit: Audit,
    ) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._last_moderator = last_moderator
        self._expulsion = expulsion
        self._removal = removal
        self._audit = audit

    def create(
        self, account: Account, password_hash: str, actor: Actor, deadline: Deadline
    ) -> None:
        """Makes an account; empty password_hash: nobody signs in to it yet.

        Raises EmailTaken, InvalidField, OutcomeUnknown, as AccountStore.create does.
        """
        user_id = account.user_id
        credentials = Credentials(account.email, password_hash, user_id, account_locked=False)
        self._accounts.create(account, credentials, deadline)
        self._record(Action.REGISTERED, user_id, actor)

    def lock(self, user_id: UUID, actor: Actor, deadline: Deadline, *, force: bool = False) -> None:
        """Locks what signs a user in, locked or not. Raises InvalidField if nothing does."""
        account = self._accounts.account(user_id, deadline)
        email = self._own_credentials(account, deadline).email

        def lock() -> None:
            self._set_locked(email, deadline, locked=True)

        def unlock() -> None:
            self._set_locked(email, deadline, locked=False)

        if force:
            lock()
        else:
            self._last_moderator.keep_one(account, deadline, change=lock, undo=unlock)
        self._expulsion.expel(user_id, deadline)
        self._record(Action.LOCKED, user_id, actor)

    def unlock(self, user_id: UUID, actor: Actor, deadline: Deadline) -> bool:
        """Unlocks it; False where it is not locked, and nothing was done.

        Raises InvalidField if nothing signs the user in.
        """
        account = self._accounts.account(user_id, deadline)
        own = self._own_credentials(account, deadline)
        if not own.account_locked:
            return False
        self._expulsion.expel(user_id, deadline)
        self._set_locked(own.email, deadline, locked=False)
        self._record(Action.UNLOCKED, user_id, actor)
        return True

    def set_password(
        self, user_id: UUID, password_hash: str, actor: Actor, deadline: Deadline
    ) -> None:
        """Puts a hash in the place of the user's, or where there was none. A lock stays.

        Raises InvalidField if the user has no address, EmailTaken if the address signs in somebody
        else, EtagMismatch if the credentials were changed at the same time.
        """
        account = self._accounts.account(user_id, deadline)
        if not account.email:
            raise InvalidField({"email": "the user has none, and signs in with none"})
        found = self._credentials.credentials(account.email, deadline)
        if found is None:
            added = Credentials(account.email, password_hash, user_id, account_locked=False)
            written = self._credentials.add(added, deadline)
        elif found.user_id == user_id:
            written = self._credentials.replace_password(found, password_hash, deadline)
        else:
            raise EmailTaken
        if not written:
            raise EtagMismatch("the credentials were changed in the meantime; look again")
        self._expulsion.expel(user_id, deadline.detached())
        self._record(Action.PASSWORD_SET, user_id, actor)

    def delete(
        self, user_id: UUID, actor: Actor, deadline: Deadline, *, force: bool = False
    ) -> None:
        """Removes an account and all that belongs to it, or what is left of it."""
        account = self._accounts.account(user_id, deadline)
        if not force:
            self._last_moderator.require_another(account, deadline)
        self._removal.remove(account, deadline)
        self._record(Action.DELETED, user_id, actor)

    def _own_credentials(self, account: Account, deadline: Deadline) -> Credentials:
        found = own_credentials(self._credentials, account, deadline)
        if found is None:
            raise _nothing_signs_in()
        return found

    def _set_locked(self, email: str, deadline: Deadline, *, locked: bool) -> None:
        if not self._credentials.set_locked(email, locked=locked, deadline=deadline):
            raise _nothing_signs_in()

    def _record(self, action: Action, user_id: UUID, actor: Actor) -> None:
        self._audit.record(action, by=actor.by, user_id=user_id, origin=actor.origin)


def _nothing_signs_in() -> InvalidField:
    return InvalidField({"user": "has no credentials that could be locked; bar it by its status"})
