"""What a real cluster shows too seldom: conditional writes of unknown outcome.

That what is written and read makes sense together is shown on a real one
(`tests/integration/test_account_creation.py`).
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cassandra import ConsistencyLevel, ReadTimeout, Unavailable, WriteTimeout, WriteType
from cassandra.connection import ConnectionShutdown

from getme_server.accounts.account import Credentials
from getme_server.accounts.errors import EmailTaken, OutcomeUnknown, StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import DeadlinePassed, InvalidField
from getme_server.stores.cassandra.account_creation import (
    CREATION_STATEMENTS,
    CassandraAccountCreation,
)
from tests.people import ADA
from tests.unit.stores.cassandra.answering_session import AnsweringSession, connection_over

SECONDS = 5
LEVELS = ConsistencyLevel.value_to_name

NOTHING: list[Any] = []
NEW = [NOTHING, NOTHING]  # neither the address nor the user ID has a row
APPLIED = [(True,)]
REFUSED = [(False, "all", "columns", "of", "the", "row")]
OURS = [(ADA.user_id,)]
OUR_ADDRESS = [(ADA.email,)]
ANOTHERS = [(uuid4(),)]
TIMED_OUT = WriteTimeout("too few replicas answered", write_type=WriteType.CAS)
CONTENTION = ReadTimeout("too many at once")
LOST = ConnectionShutdown("gone")
NO_QUORUM = Unavailable("no quorum")
NO_ANSWER = None

Create = Callable[[AnsweringSession, Deadline], None]


@pytest.fixture
def create(monkeypatch: pytest.MonkeyPatch) -> Create:
    def run(session: AnsweringSession, deadline: Deadline) -> None:
        way = connection_over(monkeypatch, session, CREATION_STATEMENTS)
        credentials = Credentials(ADA.email, "", ADA.user_id, account_locked=False)
        CassandraAccountCreation(way).create(ADA, credentials, deadline)

    return run


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([*NEW, APPLIED, APPLIED], id="a new account"),
        pytest.param([*NEW, REFUSED, OUR_ADDRESS, APPLIED], id="the same call at the same time"),
        pytest.param([OURS, OUR_ADDRESS, REFUSED, OURS], id="a repetition"),
        pytest.param([*NEW, TIMED_OUT, OUR_ADDRESS, APPLIED], id="the user, timed out, made"),
        pytest.param([*NEW, TIMED_OUT, NOTHING, APPLIED, APPLIED], id="timed out, not made"),
        pytest.param([*NEW, APPLIED, TIMED_OUT, OURS], id="the address, timed out, ours"),
        pytest.param([*NEW, APPLIED, TIMED_OUT, NOTHING, APPLIED], id="timed out, nobody's"),
        pytest.param(
            [*NEW, APPLIED, LOST, NOTHING, REFUSED, OURS],
            id="connection lost, written only after the row was looked for",
        ),
        pytest.param(
            [*NEW, APPLIED, TIMED_OUT, NOTHING, TIMED_OUT, CONTENTION, TIMED_OUT, OURS],
            id="timed out again and again",
        ),
    ],
)
def test_account_is_made_where_the_address_is_ours_at_last(
    create: Create, answers: list[Any]
) -> None:
    session = AnsweringSession(list(answers))
    create(session, Deadline(SECONDS))
    assert len(session.asked) == len(answers)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([ANOTHERS, NOTHING], id="known from the start, and nothing is written"),
        pytest.param([ANOTHERS, OUR_ADDRESS, APPLIED], id="an earlier try left a row"),
        pytest.param([*NEW, APPLIED, REFUSED, ANOTHERS, OUR_ADDRESS, APPLIED], id="overtaken"),
        pytest.param(
            [*NEW, APPLIED, TIMED_OUT, ANOTHERS, OUR_ADDRESS, APPLIED], id="timed out, another's"
        ),
        pytest.param(
            [*NEW, APPLIED, TIMED_OUT, NOTHING, REFUSED, ANOTHERS, OUR_ADDRESS, APPLIED],
            id="timed out, overtaken",
        ),
        pytest.param([*NEW, APPLIED, REFUSED, [(None,)], NOTHING], id="whose, it does not say"),
        pytest.param([*NEW, APPLIED, REFUSED, ANOTHERS, NO_QUORUM], id="a row is left behind"),
    ],
)
def test_address_is_taken_where_it_is_anothers(create: Create, answers: list[Any]) -> None:
    session = AnsweringSession(list(answers))
    with pytest.raises(EmailTaken):
        create(session, Deadline(SECONDS))
    assert len(session.asked) == len(answers)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([*NEW, APPLIED, TIMED_OUT, CONTENTION, NO_QUORUM], id="not read back"),
        pytest.param([*NEW, APPLIED, TIMED_OUT, NO_QUORUM], id="no quorum to read it back"),
        pytest.param([*NEW, APPLIED, NO_ANSWER], id="no answer within our own time"),
        pytest.param([*NEW, APPLIED, LOST, NO_ANSWER], id="none to what reads it back"),
    ],
)
def test_outcome_that_cannot_be_read_back_is_told_as_unknown(
    create: Create, answers: list[Any]
) -> None:
    with pytest.raises(OutcomeUnknown) as failed:
        create(AnsweringSession(list(answers)), Deadline(0.3))
    assert failed.value.cause.startswith(
        "the account may have been made or not, repeating is safe; "
    )
    assert failed.value.message == "the store of accounts does not answer"


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([NO_QUORUM], id="the address was not looked for"),
        pytest.param([*NEW, NO_QUORUM], id="the user was not written"),
        pytest.param([*NEW, TIMED_OUT, NO_QUORUM], id="the user was written or not"),
        pytest.param([*NEW, NO_ANSWER], id="no answer whether the user was written"),
    ],
)
def test_account_that_was_surely_not_made_is_not_told_as_unknown(
    create: Create, answers: list[Any]
) -> None:
    with pytest.raises(StoreUnavailable) as failed:
        create(AnsweringSession(list(answers)), Deadline(0.3))
    assert type(failed.value) is StoreUnavailable


def test_callers_own_deadline_is_told_as_such(create: Create) -> None:
    session = AnsweringSession([*NEW, APPLIED, NO_ANSWER])
    with pytest.raises(DeadlinePassed):
        create(session, Deadline(0.1, is_callers=True))


@pytest.mark.parametrize("stored", ["another@example.org", None])
def test_user_id_of_another_account_is_refused_before_the_address_is_written(
    create: Create, stored: str | None
) -> None:
    session = AnsweringSession([NOTHING, [(stored,)]])
    with pytest.raises(InvalidField):
        create(session, Deadline(SECONDS))
    assert session.answers == []


def test_all_data_centres_agree_on_the_owner_and_have_both_rows(create: Create) -> None:
    session = AnsweringSession([*NEW, TIMED_OUT, NOTHING, APPLIED, TIMED_OUT, OURS])
    create(session, Deadline(SECONDS))
    asked = [(one.kind, LEVELS[one.consistency_level]) for one in session.asked]
    assert asked == [
        ("SELECT user_credentials", "LOCAL_QUORUM"),
        ("SELECT users", "LOCAL_QUORUM"),
        ("INSERT users", "EACH_QUORUM"),
        ("SELECT users", "SERIAL"),
        ("INSERT users", "EACH_QUORUM"),
        ("INSERT user_credentials", "EACH_QUORUM"),
        ("SELECT user_credentials", "SERIAL"),
    ]
    assert {one.serial_consistency_level for one in session.asked} == {ConsistencyLevel.SERIAL}
