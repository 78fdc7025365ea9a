"""The rules of sessions over a real SQLite store, with a clock that the test moves."""

import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from getme_server.accounts.account import Credentials
from getme_server.accounts.attempts import Attempt
from getme_server.accounts.audit import Action
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.failed_attempts import FailedAttempts
from getme_server.accounts.last_moderator import LastModeratorRule
from getme_server.accounts.origin import Origin
from getme_server.accounts.own_removal import OwnRemoval
from getme_server.accounts.password_again import PasswordAgain
from getme_server.accounts.password_change import PasswordChange
from getme_server.accounts.refresh import Refresh
from getme_server.accounts.removal import Removal
from getme_server.accounts.session import Session
from getme_server.accounts.session_store import SessionStore
from getme_server.accounts.sessions import SessionLives, Sessions
from getme_server.accounts.sign_in import SignIn
from getme_server.accounts.standing import Standing, Standings, StoredStandings
from getme_server.bearer import AccessToken
from getme_server.deadline import Deadline
from getme_server.passwords.cost import HashCost
from getme_server.passwords.hashing import PasswordHasher
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.revoker import TokenRevoker
from getme_server.tokens.session_revoker import SessionRevoker
from tests.conftest import NO_LOGIN
from tests.people import ADA

IDLE_SECONDS = 1_000.0
LONGEST_SECONDS = 3_000.0
PASSWORD = "correct horse battery staple"
HERE = Origin("request-1", "192.0.2.1", "a program")
_BEGAN = 1_800_000_000.0


class Clock:
    """Seconds since 1970, as the test wants them."""

    def __init__(self) -> None:
        self.now = _BEGAN

    def __call__(self) -> float:
        return self.now


class Records:
    """An Audit that keeps what it is told."""

    def __init__(self) -> None:
        self.actions: list[Action] = []

    def record(
        self, action: Action, *, by: str, user_id: UUID | None, origin: Origin, **facts: str
    ) -> None:
        self.actions.append(action)


class NoLimits:
    """AttemptLimits that let everything through, and keep what they are asked."""

    def __init__(self) -> None:
        self.taken: list[tuple[Attempt, str, str]] = []

    def take(self, attempt: Attempt, *, address: str, account: str = "") -> None:
        self.taken.append((attempt, address, account))


class UnsignedTokens:
    """Access tokens that say nothing: what they are is not asked here."""

    def issue(self, user_id: UUID, roles: tuple[str, ...], session_id: UUID) -> AccessToken:
        return AccessToken(f"{user_id} {session_id}", 60)


class NotedStandings:
    """Standings as they are stored. staleness: how old each might have been, as it was asked."""

    def __init__(self, stored: Standings) -> None:
        self._stored = stored
        self.staleness: list[float | None] = []

    def standing(
        self, user_id: UUID, deadline: Deadline, *, max_staleness_seconds: float | None = None
    ) -> Standing:
        self.staleness.append(max_staleness_seconds)
        return self._stored.standing(user_id, deadline)


class MeanwhileStore:
    """A store of sessions in which something else happens right after a session was added."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self.meanwhile: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def add(self, session: Session, deadline: Deadline) -> None:
        self._store.add(session, deadline)
        self.meanwhile()


class Rules:
    """All rules of sessions, for the people of `tests.people`; Ada has a password."""

    def __init__(self, url: str) -> None:
        self.clock = Clock()
        self.audit = Records()
        self.limits = NoLimits()
        self.hasher = PasswordHasher(HashCost(8, 1, 1))
        self.stores = stores = open_stores(read_location(url), NO_LOGIN)
        self.set_password(PASSWORD)
        self.standings = NotedStandings(StoredStandings(stores.accounts))
        self.current_user = CurrentUserRule(self.standings, report_missing_user=False)
        revoker = TokenRevoker(
            stores.revocations,
            TokenPolicy(),
            longest_session_seconds=LONGEST_SECONDS,
            wall_clock=self.clock,
        )
        self.revocations = SessionRevoker(
            stores.revocations, revoker, longest_seconds=LONGEST_SECONDS
        )
        self.store: Any = MeanwhileStore(stores.sessions)
        self.sessions = Sessions(
            self.store,
            self.revocations,
            SessionLives(IDLE_SECONDS, LONGEST_SECONDS),
            wall_clock=self.clock,
            random=secrets.token_bytes,
        )
        failed_attempts = FailedAttempts(stores.credentials, _at_once)
        shared: dict[str, Any] = {
            "sessions": self.sessions,
            "access_tokens": UnsignedTokens(),
            "current_user": self.current_user,
            "limits": self.limits,
            "audit": self.audit,
            "wall_clock": self.clock,
        }
        self.refresh_rule = Refresh(
            store=stores.sessions,
            revocations=self.revocations,
            random=secrets.token_bytes,
            **shared,
        )
        self.sign_in_rule = SignIn(
            accounts=stores.accounts,
            credentials=stores.credentials,
            hasher=self.hasher,
            failed_attempts=failed_attempts,
            **shared,
        )
        again = PasswordAgain(
            stores.credentials, self.hasher, self.limits, failed_attempts, self.audit
        )
        self.password_change = PasswordChange(
            stores.credentials, again, self.hasher, self.sessions, self.audit
        )
        self.removal = Removal(stores.accounts, stores.credentials, self.sessions)
        self.own_removal = OwnRemoval(
            self.removal, again, LastModeratorRule(stores.accounts), self.audit
        )

    def set_password(self, password: str) -> None:
        """Gives Ada a password, as a hash of today."""
        found = self.stores.credentials.credentials(ADA.email, Deadline(5))
        if found is None:
            made = Credentials(ADA.email, self.hasher.hash(password), ADA.user_id, False)  # noqa: FBT003
            assert self.stores.credentials.add(made, Deadline(5))
        else:
            hashed = self.hasher.hash(password)
            assert self.stores.credentials.replace_password(found, hashed, Deadline(5))

    def begin(self) -> str:
        """The first refresh token of a new session of Ada's."""
        return self.sessions.begin(ADA.user_id, HERE, Deadline(5)).text()

    def refresh(self, text: str) -> str:
        """The next refresh token."""
        return self.refresh_rule.refresh(text, HERE, Deadline(5)).refresh.text()

    def sign_in(self, password: str = PASSWORD) -> str:
        """A refresh token for Ada's password."""
        signed_in = self.sign_in_rule.sign_in(ADA.email, password, HERE, Deadline(5))
        return signed_in.tokens.refresh.text()

    def live_sessions(self) -> int:
        """How many sessions Ada has."""
        return len(self.sessions.of(ADA.user_id, Deadline(5)))


def _at_once(write: Callable[[Deadline], None]) -> None:
    write(Deadline(5))
