"""What a real cluster shows too seldom: writes of unknown outcome, and holes in what is read.

The driver's session is a double that answers in turn; all above it is real.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from cassandra import ConsistencyLevel, Unavailable, WriteTimeout, WriteType
from cassandra.connection import ConnectionShutdown

from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import LOG_SECONDS, Change, LogHead
from getme_server.deadline import Deadline
from getme_server.stores.cassandra import change_log
from getme_server.stores.cassandra.change_log import (
    CHANGE_LOG_STATEMENTS,
    TOGETHER,
    CassandraChangeLog,
)
from tests.unit.stores.cassandra.answering_session import (
    AnsweringSession,
    Future,
    Prepared,
    connection_over,
)
from tests.waiting import until

SECONDS = 5

LogOver = Callable[[AnsweringSession], CassandraChangeLog]
USER = uuid4()
APPLIED = [(True,)]
NOTHING: list[Any] = []
GONE = [(False,)]
TIMED_OUT = WriteTimeout("too few replicas answered", write_type=WriteType.CAS)
LEVELS = ConsistencyLevel.value_to_name
LOG_ID = "0011223344556677"


def refused_at(head: int) -> list[list[Any]]:
    """What a conditional batch answers that finds another head."""
    return [[(False, 0, 0, head)]]


@pytest.fixture
def told() -> list[UUID]:
    """Of whom this process was told that it has changed something."""
    return []


@pytest.fixture
def log_over(monkeypatch: pytest.MonkeyPatch, told: list[UUID]) -> LogOver:
    def make(session: AnsweringSession) -> CassandraChangeLog:
        connection = connection_over(monkeypatch, session, CHANGE_LOG_STATEMENTS)
        return CassandraChangeLog(connection, told.append)

    return make


def change(log: CassandraChangeLog, deadline: Deadline | None = None) -> None:
    with log.announced(USER, deadline or Deadline(SECONDS)):
        pass


def appends(session: AnsweringSession) -> list[Any]:
    return [statement for statement in session.asked if statement.kind == "BEGIN getme_changes"]


def appended_places(session: AnsweringSession) -> list[tuple[int | None, int]]:
    """Each try: the head that it expects, and the place of its entry."""
    tries = []
    for statement in appends(session):
        head, _, expected, _, place, user_id, ttl = statement.values
        assert (head, user_id, ttl) == (place, USER, LOG_SECONDS)
        tries.append((expected, place))
    return tries


@pytest.mark.parametrize(
    ("answers", "tries"),
    [
        pytest.param([APPLIED], [(None, 1)], id="the first entry of all"),
        pytest.param([*refused_at(7), APPLIED], [(None, 1), (7, 8)], id="behind the others'"),
        pytest.param(
            [*refused_at(7), *refused_at(9), APPLIED],
            [(None, 1), (7, 8), (9, 10)],
            id="others are faster",
        ),
        pytest.param(
            [*refused_at(7), GONE, APPLIED],
            [(None, 1), (7, 8), (None, 1)],
            id="the log was emptied meanwhile",
        ),
        pytest.param(
            [*refused_at(7), TIMED_OUT, *refused_at(8), APPLIED],
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
    change(log_over(session))
    assert appended_places(session) == tries
    assert session.answers == []


def test_the_head_is_remembered_from_one_entry_to_the_next(log_over: LogOver) -> None:
    session = AnsweringSession([*refused_at(7), APPLIED, APPLIED])
    log = log_over(session)
    change(log)
    change(log)
    assert appended_places(session) == [(None, 1), (7, 8), (8, 9)]


def test_all_data_centres_agree_on_the_order_and_have_the_entry(log_over: LogOver) -> None:
    session = AnsweringSession([APPLIED])
    change(log_over(session))
    (statement,) = session.asked
    assert statement.consistency_level == ConsistencyLevel.EACH_QUORUM
    assert statement.serial_consistency_level == ConsistencyLevel.SERIAL


def test_a_cluster_that_cannot_write_is_unavailable_at_once(log_over: LogOver) -> None:
    session = AnsweringSession([Unavailable("no quorum")])
    with pytest.raises(StoreUnavailable):
        change(log_over(session))
    assert len(session.asked) == 1


def test_entries_of_unknown_outcome_are_unavailable_at_the_deadline(log_over: LogOver) -> None:
    session = AnsweringSession([TIMED_OUT] * 1_000_000)
    log = log_over(session)
    with pytest.raises(StoreUnavailable):
        change(log, Deadline(0.02))
    session.answers = [APPLIED]
    change(log)  # the turn was given back


class HeldUp(AnsweringSession):
    """One whose first question waits for its answer until the test lets it go."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.going_on = threading.Event()

    def execute_async(self, statement: Prepared, **options: Any) -> Future:
        answered = super().execute_async(statement, **options)
        self.going_on.wait(SECONDS)
        return answered


def test_changes_that_wait_meanwhile_are_appended_together(
    log_over: LogOver, told: list[UUID]
) -> None:
    session = HeldUp([APPLIED, APPLIED])
    log = log_over(session)
    with ThreadPoolExecutor(1 + TOGETHER) as pool:
        first = pool.submit(change, log)
        assert until(lambda: len(session.asked) == 1, SECONDS)
        waiting = [pool.submit(change, log) for _ in range(TOGETHER - 1)]
        assert until(lambda: len(log._waiting) == TOGETHER, SECONDS)  # noqa: SLF001  # nobody else tells
        session.going_on.set()
        for each in (first, *waiting):
            each.result()
    one, many = session.asked
    assert one.values[0] == 1
    assert many.values[:3] == (1 + TOGETHER, 0, 1)  # filled up with one that is told twice
    places, users = many.values[4::4], many.values[5::4]
    assert list(places) == list(range(2, 2 + TOGETHER))
    assert set(users) == {USER}
    assert told == [USER] * TOGETHER


def test_a_change_is_made_behind_its_entry_and_told_behind_both(
    log_over: LogOver, told: list[UUID]
) -> None:
    session = AnsweringSession([APPLIED])
    with log_over(session).announced(USER, Deadline(SECONDS)):
        assert appended_places(session) == [(None, 1)]
        assert told == []
    assert told == [USER]
    assert len(session.asked) == 1


def test_a_change_that_cannot_be_announced_is_not_made(log_over: LogOver, told: list[UUID]) -> None:
    log = log_over(AnsweringSession([Unavailable("no quorum")]))
    with pytest.raises(StoreUnavailable), log.announced(USER, Deadline(SECONDS)):
        pytest.fail("it was made")
    assert told == []


def test_a_change_that_failed_may_have_been_made_and_is_told(
    log_over: LogOver, told: list[UUID]
) -> None:
    log = log_over(AnsweringSession([APPLIED]))
    with pytest.raises(StoreUnavailable), log.announced(USER, Deadline(SECONDS)):
        raise StoreUnavailable("no answer in time")
    assert told == [USER]


def test_a_change_that_took_half_the_quiet_time_is_announced_again(
    log_over: LogOver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "QUIET_SECONDS", 0)  # any change takes long
    session = AnsweringSession([APPLIED, APPLIED])
    log = log_over(session)
    deadline = Deadline(0.05, is_callers=True)
    with log.announced(USER, deadline):
        assert until(lambda: not deadline.remaining(), SECONDS)  # which stops no second entry
    assert appended_places(session) == [(None, 1), (1, 2)]


def test_the_head_is_read_where_every_write_is_seen(log_over: LogOver) -> None:
    session = AnsweringSession([[(LOG_ID, 7)]])
    assert log_over(session).head(Deadline(SECONDS)) == LogHead(LOG_ID, 7)
    assert [LEVELS[one.consistency_level] for one in session.asked] == ["LOCAL_QUORUM"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(NOTHING, [(LOG_ID, None)], id="never an entry"),
        pytest.param([(None, 7)], [(LOG_ID, 7)], id="an entry, made before anybody followed"),
    ],
)
@pytest.mark.parametrize("named", [APPLIED, GONE], ids=["by us", "by another at once"])
def test_a_log_without_a_name_gets_one(
    log_over: LogOver, before: list[Any], after: list[Any], named: list[Any]
) -> None:
    session = AnsweringSession([before, named, after])
    assert log_over(session).head(Deadline(SECONDS)) == LogHead(LOG_ID, after[0][1] or 0)
    naming = session.asked[1]
    assert naming.kind == "UPDATE getme_changes"
    assert len(naming.values[0]) == len(LOG_ID)


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
    assert entries == [Change(place, USER) for place in places]
    assert [LEVELS[statement.consistency_level] for statement in session.asked] == levels
