"""Moderation and administration over real stores, and what they leave behind."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.actor import Actor
from getme_server.accounts.administration import Administration
from getme_server.accounts.audit import Action
from getme_server.accounts.expulsion import Expulsion
from getme_server.accounts.last_moderator import LastModeratorRule
from getme_server.accounts.moderation import Moderation
from getme_server.accounts.origin import Origin
from getme_server.accounts.removal import Removal
from getme_server.accounts.sessions import SessionLives, Sessions
from getme_server.deadline import Deadline
from getme_server.stores.opening import Stores
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.revoker import TokenRevoker
from getme_server.tokens.session_revoker import SessionRevoker
from tests.people import MODERATOR

SECONDS = 10.0
LIFE_SECONDS = 1_000.0
ACTOR = Actor(str(MODERATOR.user_id), Origin("request-1", "192.0.2.1", "curl"))
SECOND_MODERATOR = Account(
    UUID("00000000-0000-4000-8000-000000000077"),
    "Max",
    "Example",
    "max@example.org",
    "moderator",
    0,
    None,
)


class Record(NamedTuple):
    """What was recorded."""

    action: Action
    by: str
    user_id: UUID | None
    request_id: str
    facts: dict[str, str]


class Audit(list[Record]):
    """Keeps the records."""

    def record(
        self, action: Action, *, by: str, user_id: UUID | None, origin: Origin, **facts: str
    ) -> None:
        self.append(Record(action, by, user_id, origin.request_id, facts))


class Clock:
    """Moves on by a second each time that it is looked at."""

    seconds = 2_000_000_000.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


class Before:
    """A store whose next call of one method is preceded by something else, once."""

    def __init__(self, store: Any, method: str, first: Callable[[], object]) -> None:
        self._store = store
        self._method = method
        self._first: Callable[[], object] | None = first

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self._first is not None:
            first, self._first = self._first, None
            first()
        return getattr(self._store, name)


class World:
    """The rules over these stores. before: what happens first when a store is asked something."""

    def __init__(self, stores: Stores, audit: Audit | None = None) -> None:
        clock = Clock()
        revoker = TokenRevoker(
            stores.revocations,
            TokenPolicy(),
            longest_session_seconds=LIFE_SECONDS,
            wall_clock=clock,
        )
        session_revoker = SessionRevoker(stores.revocations, revoker, longest_seconds=LIFE_SECONDS)
        lives = SessionLives(LIFE_SECONDS, LIFE_SECONDS)
        self.sessions = Sessions(
            stores.sessions,
            session_revoker,
            lives,
            wall_clock=clock,
            random=lambda count: bytes([int(clock.seconds) % 256]) * count,
        )
        self.stores = stores
        self.audit = Audit() if audit is None else audit
        last_moderator = LastModeratorRule(stores.accounts)
        expulsion = Expulsion(self.sessions, session_revoker)
        self.moderation = Moderation(stores.accounts, last_moderator, expulsion, self.audit)
        self.administration = Administration(
            accounts=stores.accounts,
            credentials=stores.credentials,
            last_moderator=last_moderator,
            expulsion=expulsion,
            removal=Removal(stores.accounts, stores.credentials, self.sessions),
            audit=self.audit,
        )

    def before(self, store: str, method: str, first: Callable[[], object]) -> "World":
        """The same, where something happens before the next call of a method of a store."""
        changed: Any = Before(getattr(self.stores, store), method, first)
        return World(self.stores._replace(**{store: changed}), self.audit)

    def begin_session(self, person: Account) -> None:
        """Signs a person in."""
        self.sessions.begin(person.user_id, ACTOR.origin, Deadline(SECONDS))

    def session_count(self, person: Account) -> int:
        """How many sessions of a person have not ended."""
        return len(self.sessions.of(person.user_id, Deadline(SECONDS)))

    def has_revoked_tokens(self, person: Account) -> bool:
        """Whether all tokens of a person were taken back at some moment."""
        known = self.stores.revocations.revoked(person.user_id, [b"k" * 32], Deadline(SECONDS))
        return known.issued_before is not None

    def status(self, person: Account) -> str:
        """The stored status."""
        return self.stores.accounts.account(person.user_id, Deadline(SECONDS)).account_status

    def credentials(self, person: Account) -> Credentials | None:
        """The stored credentials."""
        return self.stores.credentials.credentials(person.email, Deadline(SECONDS))

    def set_status(self, person: Account, status: str, *, force: bool = False) -> Any:
        """As a moderator does it."""
        deadline = Deadline(SECONDS)
        return self.moderation.set_status(person.user_id, status, ACTOR, deadline, force=force)

    def add(self, person: Account, *, locked: bool = False) -> None:
        """Makes an account that can sign in."""
        credentials = Credentials(person.email, "unusable", person.user_id, account_locked=False)
        self.stores.accounts.create(person, credentials, Deadline(SECONDS))
        if locked:
            self.stores.credentials.set_locked(
                person.email, locked=True, deadline=Deadline(SECONDS)
            )
