"""What a real cluster shows too seldom: writes of unknown outcome, and holes in what is read.

The driver's session is a double that answers in turn; all above it is real.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cassandra import ConsistencyLevel, Unavailable, WriteTimeout, WriteType
from cassandra.connection import ConnectionShutdown

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.revocation_log import LOG_STATEMENTS, CassandraRevocationLog
from getme_server.tokens.revocation import Revocation
from tests.unit.stores.cassandra.answering_session import AnsweringSession, connection_over

SECONDS = 5

LogOver = Callable[[AnsweringSession], CassandraRevocationLog]
USER = uuid4()
APPLIED = [(True,)]
TIMED_OUT = WriteTimeout("too few replicas answered", write_type=WriteType.CAS)
LEVELS = ConsistencyLevel.value_to_name


def refused_at(head: int) -> list[tuple[Any, ...]]:
    """What a conditional batch answers that finds another head."""
    return [(False, 0, 0, head)]


@pytest.fixture
def log_over(monkeypatch: pytest.MonkeyPatch) -> LogOver:
    def make(session: AnsweringSession) -> CassandraRevocationLog:
        return CassandraRevocationLog(connection_over(monkeypatch, session, LOG_STATEMENTS))

    return make


def appended_places(session: AnsweringSession) -> list[tuple[int | None, int]]:
    """Each try: the head that it expects, and the place of its entry."""
    return [(statement.values[2], statement.values[4]) for statement in session.asked]


@pytest.mark.parametrize(
    ("answers", "tries"),
    [
        pytest.param([APPLIED], [(None, 1)], id="the first entry of all"),
        pytest.param([refused_at(7), APPLIED], [(None, 1), (7, 8)], id="behind the others'"),
        pytest.param(
            [refused_at(7), refused_at(9), APPLIED],
            [(None, 1), (7, 8), (9, 10)],
            id="others are faster",
        ),
        pytest.param(
            [refused_at(7), [(False,)], APPLIED],
            [(None, 1), (7, 8), (None, 1)],
            id="the log was emptied meanwhile",
        ),
        pytest.param(
            [refused_at(7), TIMED_OUT, refused_at(8), APPLIED],
            [(None, 1), (7, 8), (7, 8), (8, 9)],
            id="an entry that was made in spite of its timeout is made again",
        ),
        pytest.param(
            [ConnectionShutdown("gone"), APPLIED], [(None, 1), (None, 1)], id="connection lost"
        ),
    ],
)
def test_an_entry_is_tried_until_it_stands_behind_the_last(
    log_over: LogOver, answers: list[Any], tries: list[tuple[int | None, int]]
) -> None:
    session = AnsweringSession(answers)
    log_over(session).append(USER, Deadline(SECONDS))
    assert appended_places(session) == tries


def test_the_head_is_remembered_from_one_entry_to_the_next(log_over: LogOver) -> None:
    session = AnsweringSession([refused_at(7), APPLIED, APPLIED])
    log = log_over(session)
    log.append(USER, Deadline(SECONDS))
    log.append(USER, Deadline(SECONDS))
    assert appended_places(session) == [(None, 1), (7, 8), (8, 9)]


def test_all_data_centres_agree_on_the_order_and_have_the_entry(log_over: LogOver) -> None:
    session = AnsweringSession([APPLIED])
    log_over(session).append(USER, Deadline(SECONDS))
    (statement,) = session.asked
    assert statement.consistency_level == ConsistencyLevel.EACH_QUORUM
    assert statement.serial_consistency_level == ConsistencyLevel.SERIAL


def test_a_cluster_that_cannot_write_is_unavailable_at_once(log_over: LogOver) -> None:
    session = AnsweringSession([Unavailable("no quorum")])
    with pytest.raises(StoreUnavailable):
        log_over(session).append(USER, Deadline(SECONDS))
    assert len(session.asked) == 1


def test_entries_of_unknown_outcome_are_unavailable_at_the_deadline(log_over: LogOver) -> None:
    session = AnsweringSession([TIMED_OUT] * 1_000_000)
    log = log_over(session)
    with pytest.raises(StoreUnavailable):
        log.append(USER, Deadline(0.02))
    session.answers = [APPLIED]
    log.append(USER, Deadline(SECONDS))  # the turn was given back


@pytest.mark.parametrize(
    ("answers", "levels", "places"),
    [
        pytest.param([[6, 7]], ["LOCAL_QUORUM"], [6, 7], id="no hole"),
        pytest.param([[]], ["LOCAL_QUORUM"], [], id="nothing new"),
        pytest.param(
            [[6, 8], [6, 7, 8]],
            ["LOCAL_QUORUM", "QUORUM"],
            [6, 7, 8],
            id="an entry that is on its way to our replicas",
        ),
        pytest.param(
            [[7], [6, 7, 8]],
            ["LOCAL_QUORUM", "QUORUM"],
            [6, 7],
            id="what came since waits for the next time",
        ),
        pytest.param(
            [[6, 8], [6, 7, 8, 10]],
            ["LOCAL_QUORUM", "QUORUM"],
            [6, 7, 8],
            id="another hole behind what was seen",
        ),
        pytest.param([[9], [9]], ["LOCAL_QUORUM", "QUORUM"], [9], id="expired ones"),
    ],
)
def test_a_hole_is_asked_of_a_majority_of_all(
    log_over: LogOver, answers: list[list[int]], levels: list[str], places: list[int]
) -> None:
    session = AnsweringSession([[(place, USER) for place in answer] for answer in answers])
    entries = log_over(session).after(5, Deadline(SECONDS))
    assert entries == [Revocation(place, USER) for place in places]
    assert [LEVELS[statement.consistency_level] for statement in session.asked] == levels
