"""What a real cluster shows too seldom: the levels that are asked for, and unknown outcomes.

That what is written and read makes sense together is shown on a real one
(`tests/integration/test_*_stores.py`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from cassandra import ConsistencyLevel, OperationTimedOut, Unavailable, WriteTimeout, WriteType
from cassandra.connection import ConnectionShutdown

from getme_server.accounts.account import Credentials
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.session import Session
from getme_server.deadline import Deadline
from getme_server.errors import DeadlinePassed
from getme_server.stores.cassandra import (
    account_store,
    change_log,
    credential_store,
    session_store,
)
from tests.people import ADA, MODERATOR
from tests.unit.stores.cassandra.answering_session import (
    LOCATION,
    AnsweringSession,
    connection_over,
)

SECONDS = 5
LEVELS = ConsistencyLevel.value_to_name
NOW = 1_764_000_000.0

NOTHING: list[Any] = []
APPLIED = [(True,)]
REFUSED = [(False, "what", "was", "found")]
GONE = [(False,)]
TIMED_OUT = WriteTimeout("too few replicas answered", write_type=WriteType.CAS)
LOST = ConnectionShutdown("gone")
NO_QUORUM = Unavailable("no quorum")
NO_ANSWER = None
OWNED = [("hash", ADA.user_id, False)]
ANNOUNCED = "BEGIN getme_changes EACH_QUORUM"

CREDENTIALS = Credentials(ADA.email, "hash", ADA.user_id, account_locked=False)
SESSION = Session(ADA.user_id, uuid4(), NOW, NOW + 60, NOW, "", "", 1, b"1", b"", b"")


class Stores(NamedTuple):
    """The real stores over a session that answers in turn."""

    accounts: account_store.CassandraAccountStore
    credentials: credential_store.CassandraCredentialStore
    sessions: session_store.CassandraSessionStore


Call = Callable[[Stores, Deadline], Any]
Over = Callable[[AnsweringSession], Stores]

CALLS: dict[str, Call] = {
    "session": lambda s, d: s.sessions.session(SESSION.user_id, SESSION.session_id, d),
    "sessions_of": lambda s, d: s.sessions.sessions_of(SESSION.user_id, d),
    "add a session": lambda s, d: s.sessions.add(SESSION, d),
    "replace": lambda s, d: s.sessions.replace(SESSION, generation=0, deadline=d),
    "credentials": lambda s, d: s.credentials.credentials(ADA.email, d),
    "add": lambda s, d: s.credentials.add(CREDENTIALS, d),
    "replace_password": lambda s, d: s.credentials.replace_password(CREDENTIALS, "new", d),
    "set_locked": lambda s, d: s.credentials.set_locked(ADA.email, locked=True, deadline=d),
    "remove credentials": lambda s, d: s.credentials.remove(ADA.email, ADA.user_id, d),
    "count_failed_attempt": lambda s, d: s.credentials.count_failed_attempt(ADA.email, d),
    "update_names": lambda s, d: s.accounts.update_names(ADA, "a", "b", d),
    "set_status": lambda s, d: s.accounts.set_status(ADA, "suspended", d),
    "set_status of nothing": lambda s, d: s.accounts.set_status(ADA, "", d),
    "make a moderator": lambda s, d: s.accounts.set_status(ADA, "moderator", d),
    "create a moderator": lambda s, d: s.accounts.create(
        MODERATOR, CREDENTIALS._replace(user_id=MODERATOR.user_id), d
    ),
    "record_sign_in": lambda s, d: s.accounts.record_sign_in(ADA.user_id, 1, d),
    "moderators": lambda s, d: s.accounts.moderators(d),
    "begin_removal": lambda s, d: s.accounts.begin_removal(ADA.user_id, d),
    "removal_begun": lambda s, d: s.accounts.removal_begun(ADA.user_id, d),
    "remove": lambda s, d: s.accounts.remove(ADA.user_id, d),
}


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Over:
    def make(session: AnsweringSession) -> Stores:
        statements = (
            *account_store.STATEMENTS,
            *credential_store.STATEMENTS,
            *session_store.STATEMENTS,
            *change_log.CHANGE_LOG_STATEMENTS,
        )
        way = connection_over(monkeypatch, session, statements)
        log = change_log.CassandraChangeLog(way, lambda _user_id: None)
        return Stores(
            account_store.CassandraAccountStore(way, LOCATION, log),
            credential_store.CassandraCredentialStore(way, log),
            session_store.CassandraSessionStore(way, lambda: NOW),
        )

    return make


@pytest.mark.parametrize(
    ("call", "answers", "asked"),
    [
        ("session", [NOTHING], ["SELECT getme_sessions LOCAL_QUORUM"]),
        ("sessions_of", [NOTHING], ["SELECT getme_sessions LOCAL_QUORUM"]),
        ("add a session", [APPLIED], ["UPDATE getme_sessions EACH_QUORUM"]),
        ("replace", [APPLIED], ["UPDATE getme_sessions EACH_QUORUM"]),
        ("credentials", [NOTHING], ["SELECT user_credentials LOCAL_QUORUM"]),
        ("add", [APPLIED], ["UPDATE user_credentials EACH_QUORUM"]),
        ("replace_password", [APPLIED], ["UPDATE user_credentials EACH_QUORUM"]),
        (
            "set_locked",
            [OWNED, APPLIED, APPLIED],
            [
                "SELECT user_credentials LOCAL_QUORUM",
                ANNOUNCED,
                "UPDATE user_credentials EACH_QUORUM",
            ],
        ),
        (
            "set_locked",
            [NOTHING, GONE],
            ["SELECT user_credentials LOCAL_QUORUM", "UPDATE user_credentials EACH_QUORUM"],
        ),
        (
            "remove credentials",
            [APPLIED, NOTHING],
            ["DELETE user_credentials EACH_QUORUM", "DELETE login_attempts None"],
        ),
        (
            "remove credentials",
            [GONE, NOTHING],
            ["DELETE user_credentials EACH_QUORUM", "DELETE login_attempts None"],
        ),
        ("remove credentials", [REFUSED], ["DELETE user_credentials EACH_QUORUM"]),
        ("count_failed_attempt", [NOTHING], ["UPDATE login_attempts None"]),
        ("update_names", [APPLIED, REFUSED], [ANNOUNCED, "UPDATE users EACH_QUORUM"]),
        (
            "update_names",
            [APPLIED, APPLIED, NOTHING],
            [ANNOUNCED, "UPDATE users EACH_QUORUM", "SELECT users LOCAL_QUORUM"],
        ),
        ("set_status", [APPLIED, APPLIED], [ANNOUNCED, "UPDATE users EACH_QUORUM"]),
        ("set_status of nothing", [APPLIED, APPLIED], [ANNOUNCED, "UPDATE users EACH_QUORUM"]),
        (
            "make a moderator",
            [NOTHING, APPLIED, APPLIED],
            ["INSERT getme_moderators EACH_QUORUM", ANNOUNCED, "UPDATE users EACH_QUORUM"],
        ),
        (
            "create a moderator",
            [NOTHING, NOTHING, NOTHING, APPLIED, APPLIED],
            [
                "INSERT getme_moderators EACH_QUORUM",
                "SELECT user_credentials LOCAL_QUORUM",
                "SELECT users LOCAL_QUORUM",
                "INSERT users EACH_QUORUM",
                "INSERT user_credentials EACH_QUORUM",
            ],
        ),
        ("record_sign_in", [APPLIED, APPLIED], [ANNOUNCED, "UPDATE users EACH_QUORUM"]),
        ("moderators", [NOTHING], ["SELECT getme_moderators LOCAL_QUORUM"]),
        ("begin_removal", [APPLIED], ["INSERT getme_removals EACH_QUORUM"]),
        ("removal_begun", [NOTHING], ["SELECT getme_removals LOCAL_QUORUM"]),
        (
            "remove",
            [APPLIED, GONE, GONE],
            [ANNOUNCED, "DELETE users EACH_QUORUM", "DELETE getme_removals EACH_QUORUM"],
        ),
    ],
)
def test_all_data_centres_have_what_is_written_and_a_read_sees_it(
    over: Over, call: str, answers: list[Any], asked: list[str]
) -> None:
    session = AnsweringSession(list(answers))
    CALLS[call](over(session), Deadline(SECONDS))
    told = [f"{one.kind} {LEVELS.get(one.consistency_level)}" for one in session.asked]
    assert told == asked
    assert {one.serial_consistency_level for one in session.asked} == {ConsistencyLevel.SERIAL}


WRITES = [
    *("add a session", "replace", "add", "replace_password", "set_locked", "remove credentials"),
    *("count_failed_attempt", "update_names", "set_status", "set_status of nothing"),
    *("make a moderator", "create a moderator", "record_sign_in", "begin_removal", "remove"),
]


# What is answered before the write itself: at last, that it was announced.
BEFORE_THE_WRITE: dict[str, list[Any]] = {
    "set_locked": [OWNED, APPLIED],
    "update_names": [APPLIED],
    "set_status": [APPLIED],
    "set_status of nothing": [APPLIED],
    "make a moderator": [NOTHING, APPLIED],
    "record_sign_in": [APPLIED],
    "remove": [APPLIED],
}


@pytest.mark.parametrize("fault", [TIMED_OUT, LOST, NO_QUORUM], ids=lambda one: type(one).__name__)
@pytest.mark.parametrize(
    ("call", "before"),
    [*((call, BEFORE_THE_WRITE.get(call, [])) for call in WRITES), ("make a moderator", [])],
)
def test_write_that_fails_is_told_with_its_cause_and_sent_once(
    over: Over, call: str, before: list[Any], fault: Exception
) -> None:
    session = AnsweringSession([*before, fault])
    with pytest.raises(StoreUnavailable) as failed:
        CALLS[call](over(session), Deadline(SECONDS))
    assert failed.value.__cause__ is fault
    assert len(session.asked) == len(before) + 1


@pytest.mark.parametrize("call", BEFORE_THE_WRITE)
def test_nothing_is_written_that_cannot_be_announced(over: Over, call: str) -> None:
    *before, _announced = BEFORE_THE_WRITE[call]
    session = AnsweringSession([*before, NO_QUORUM])
    with pytest.raises(StoreUnavailable):
        CALLS[call](over(session), Deadline(SECONDS))
    assert session.asked[-1].kind == "BEGIN getme_changes"
    assert len(session.asked) == len(before) + 1


@pytest.mark.parametrize("call", CALLS)
def test_no_answer_in_time_is_unavailable_unless_the_caller_gave_no_more(
    over: Over, call: str
) -> None:
    with pytest.raises(StoreUnavailable):
        CALLS[call](over(AnsweringSession([NO_ANSWER])), Deadline(0.02))
    with pytest.raises(DeadlinePassed):
        CALLS[call](over(AnsweringSession([NO_ANSWER])), Deadline(0.02, is_callers=True))


@pytest.mark.parametrize(
    "fault", [NO_QUORUM, OperationTimedOut(), NO_ANSWER], ids=["no quorum", "timed out", "silent"]
)
def test_count_that_cannot_be_removed_fails_no_removal(over: Over, fault: Any) -> None:
    session = AnsweringSession([APPLIED, fault])
    over(session).credentials.remove(ADA.email, ADA.user_id, Deadline(0.1))
    assert len(session.asked) == 2


def test_note_of_a_removal_outlives_a_row_that_may_be_there(over: Over) -> None:
    session = AnsweringSession([APPLIED, TIMED_OUT])
    with pytest.raises(StoreUnavailable):
        over(session).accounts.remove(ADA.user_id, Deadline(SECONDS))
    assert [one.kind for one in session.asked] == ["BEGIN getme_changes", "DELETE users"]
