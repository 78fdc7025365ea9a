"""Random histories of accounts against a model: after each step, which tokens work."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import grpc
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.accounts import CHEAP_ACCOUNTS, PASSWORD, People, Refused, new_email
from tests.conftest import NO_LOGIN, NewStore
from tests.people import MODERATOR
from tests.servers.programs import start_server
from tests.tokens import token_for

FINE = "fine"
# Below the time of grace, so that a slow machine does not make the model wrong.
SURELY_IN_GRACE_SECONDS = 5.0
PASSWORDS = (PASSWORD, "quite another secret of hers", "and a third one, just in case")


@dataclass
class Session:
    """What the model knows of a session: its tokens, oldest first, and whether it has ended.

    forgotten: it went with its user, and nobody has ended it under its ID since.
    """

    access: list[str]
    refresh: list[str]
    refreshed: float
    session_id: str = ""
    ended: bool = False
    forgotten: bool = False


@dataclass
class User:
    """What the model knows of a user."""

    email: str
    user_id: str
    password: str = PASSWORD
    account_status: str = "active"
    gone: bool = False
    sessions: list[Session] = field(default_factory=list)

    def refusal(self) -> str:
        """Why a good token of the user is refused, empty where it is not."""
        if self.gone:
            return "TOKEN_INVALID"
        return "ACCOUNT_SUSPENDED" if self.account_status == "suspended" else ""

    def end_all(self, but: Session | None = None) -> None:
        for session in self.sessions:
            session.ended = session.ended or session is not but


class Accounts(RuleBasedStateMachine):
    """Does to accounts what people do."""

    people: People

    def __init__(self) -> None:
        super().__init__()
        self.users: list[User] = []
        self.moderator = token_for(MODERATOR.user_id, "moderator")

    @initialize()
    def begin(self) -> None:
        self.register()
        self.login(choice=0)

    @rule()
    @precondition(lambda self: len(self.users) < 3)
    def register(self) -> None:
        email = new_email()
        answer = self.people.register(email)
        assert not isinstance(answer, Refused), answer
        self.users.append(User(email, answer.user_id))
        assert self.people.register(email.upper()) == Refused("EMAIL_TAKEN")

    @rule(choice=st.integers(0, 99))
    def login(self, choice: int) -> None:
        user = self.users[choice % len(self.users)]
        answer = self.people.login(user.email, user.password)
        if isinstance(answer, Refused):
            expected = "BAD_CREDENTIALS" if user.gone else user.refusal()
            assert answer == Refused(expected)
            return
        assert not user.refusal()
        user.sessions.append(Session([answer.token], [answer.refresh_token], time.monotonic()))

    @rule(choice=st.integers(0, 99))
    def login_with_a_wrong_password(self, choice: int) -> None:
        user = self.users[choice % len(self.users)]
        assert self.people.login(user.email, "wrong" + user.password) == Refused("BAD_CREDENTIALS")

    @rule(choice=st.integers(0, 99))
    def refresh(self, choice: int) -> None:
        found = self._session(choice)
        if found is not None:
            user, session = found
            began = time.monotonic()
            answer = self.people.refresh(session.refresh[-1])
            if session.ended and not user.gone:
                assert answer == Refused("TOKEN_REVOKED")
            elif isinstance(answer, Refused):
                assert answer.reason in {user.refusal(), "TOKEN_REVOKED"}
                assert user.refusal()
            else:
                assert not user.refusal()
                session.access.append(answer.token)
                session.refresh.append(answer.refresh_token)
                session.refreshed = began

    @rule(choice=st.integers(0, 99))
    def refresh_with_the_token_before(self, choice: int) -> None:
        found = self._session(choice)
        if found is None or len(found[1].refresh) < 2:
            return
        user, session = found
        if time.monotonic() - session.refreshed > SURELY_IN_GRACE_SECONDS:
            return
        answer = self.people.refresh(session.refresh[-2])
        if isinstance(answer, Refused):
            assert session.ended or user.refusal(), answer
        else:
            assert not session.ended
            assert not user.refusal()
            assert answer.refresh_token == session.refresh[-1]
            session.access.append(answer.token)

    @rule(choice=st.integers(0, 99))
    def refresh_with_an_old_token(self, choice: int) -> None:
        found = self._session(choice)
        if found is not None and len(found[1].refresh) > 2:
            user, session = found
            answer = self.people.refresh(session.refresh[0])
            assert isinstance(answer, Refused)
            assert answer.reason in {"TOKEN_REVOKED", user.refusal()}
            session.ended = session.ended or not user.gone

    @rule(choice=st.integers(0, 99), by_refresh_token=st.booleans())
    def logout(self, choice: int, *, by_refresh_token: bool) -> None:
        found = self._session(choice)
        if found is not None:
            _, session = found
            refresh = session.refresh[0] if by_refresh_token else ""
            answer = self.people.logout(session.access[-1], refresh)
            if by_refresh_token and session.forgotten:
                assert answer == Refused("TOKEN_INVALID")
            elif session.ended and not by_refresh_token:
                assert answer == Refused("TOKEN_REVOKED")
            else:  # may be done twice, and whatever has become of the user
                assert not isinstance(answer, Refused), answer
                session.ended, session.forgotten = True, False

    @rule(choice=st.integers(0, 99), other=st.integers(0, 99))
    def revoke_a_session(self, choice: int, other: int) -> None:
        found = self._session(choice)
        if found is None or found[1].ended or found[0].refusal():
            return
        user, session = found
        listed = self.people.sessions(session.access[-1])
        assert not isinstance(listed, Refused), listed
        alive = [each for each in user.sessions if not each.ended]
        assert len(listed.sessions) == len(alive)
        assert sum(each.current for each in listed.sessions) == 1
        target = alive[other % len(alive)]
        inner = self.people.sessions(target.access[-1])
        assert not isinstance(inner, Refused), inner
        (target_id,) = (each.session_id for each in inner.sessions if each.current)
        answer = self.people.revoke_session(session.access[-1], target_id)
        assert not isinstance(answer, Refused), answer
        target.ended = True

    @rule(choice=st.integers(0, 99))
    def logout_everywhere(self, choice: int) -> None:
        found = self._session(choice)
        if found is not None and not found[1].ended:
            user, session = found
            answer = self.people.logout_everywhere(session.access[-1])
            assert not isinstance(answer, Refused), answer
            user.end_all()

    @rule(choice=st.integers(0, 99), new=st.sampled_from(PASSWORDS))
    def change_password(self, choice: int, new: str) -> None:
        found = self._session(choice)
        if found is not None and not found[1].ended:
            user, session = found
            answer = self.people.change_password(session.access[-1], user.password, new)
            if user.refusal():
                assert answer == Refused(user.refusal())
            else:
                assert not isinstance(answer, Refused), answer
                user.password = new
                user.end_all(but=session)

    @rule(choice=st.integers(0, 99), suspend=st.booleans())
    def moderate(self, choice: int, *, suspend: bool) -> None:
        user = self.users[choice % len(self.users)]
        account_status = "suspended" if suspend else "active"
        answer = self.people.set_status(self.moderator, user.user_id, account_status)
        if user.gone:
            assert answer == Refused("USER_NOT_FOUND")
            return
        assert not isinstance(answer, Refused), answer
        if user.account_status == "suspended" and not suspend:
            user.end_all()
        user.account_status = account_status

    @rule(choice=st.integers(0, 99))
    def delete(self, choice: int) -> None:
        found = self._session(choice)
        if found is not None and not found[1].ended and not found[0].refusal():
            user, session = found
            assert self.people.delete_me(session.access[-1], "wrong") == Refused("BAD_CREDENTIALS")
            answer = self.people.delete_me(session.access[-1], user.password)
            assert not isinstance(answer, Refused), answer
            user.gone = True
            for each in user.sessions:
                each.forgotten = not each.ended

    @invariant()
    def exactly_the_right_tokens_work(self) -> None:
        for user in self.users:
            for session in user.sessions[-4:]:
                for token in {session.access[0], session.access[-1]}:
                    answer = self.people.get_me(token)
                    told = answer.reason if isinstance(answer, Refused) else FINE
                    expected = "TOKEN_REVOKED" if session.ended else user.refusal() or FINE
                    assert told == expected

    def _session(self, choice: int) -> tuple[User, Session] | None:
        """Some session; choices near to each other choose the same one again and again."""
        sessions = [(user, session) for user in self.users for session in user.sessions]
        return sessions[choice % len(sessions)] if sessions else None


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def people(
    request: pytest.FixtureRequest, new_store: NewStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[People]:
    url = new_store(request.param)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts([MODERATOR])
    # One worker: what it has revoked itself it knows at once; others within a second.
    environment = {"GETME_STORE": url, "GETME_WORKERS": "1"} | CHEAP_ACCOUNTS
    with (
        start_server(tmp_path_factory.mktemp("accounts"), environment) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        yield People(channel)


def test_after_any_history_exactly_the_right_tokens_work(people: People) -> None:
    machine = type("AccountsHere", (Accounts,), {"people": people})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
