"""A read that fails or takes long is sent to the other nodes, each once; a write never."""

from typing import Any

import pytest
from cassandra import OperationTimedOut

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.statement import Statement
from tests.unit.stores.cassandra.answering_session import AnsweringSession, connection_over

READ = Statement("SELECT a FROM {keyspace}.t WHERE b = ?", is_read=True)
WRITE = Statement("INSERT INTO {keyspace}.t (b) VALUES (?)")
ROWS = [("a",)]
FAILS = OperationTimedOut()
SILENT = None
DELAY_SECONDS = 0.02


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    def ask(
        session: AnsweringSession, statement: Statement, *, delay: float, patience: float
    ) -> Any:
        connection = connection_over(
            monkeypatch, session, [READ, WRITE], speculative_delay_seconds=delay
        )
        return connection.rows(statement, ("x",), Deadline(patience))

    return ask


@pytest.mark.parametrize(
    ("answers", "delay", "nodes"),
    [
        pytest.param([ROWS], DELAY_SECONDS, [None], id="the first node answers"),
        pytest.param([FAILS, ROWS], DELAY_SECONDS, [None, "second"], id="the first fails"),
        pytest.param([FAILS, ROWS], 0, [None, "second"], id="the first fails, none is too slow"),
        pytest.param([SILENT, ROWS], DELAY_SECONDS, [None, "second"], id="the first is silent"),
        pytest.param(
            [SILENT, SILENT, ROWS], DELAY_SECONDS, [None, "second", "third"], id="two are silent"
        ),
        pytest.param(
            [SILENT, FAILS, ROWS], DELAY_SECONDS, [None, "second", "third"], id="one, and one fails"
        ),
    ],
)
def test_read_is_answered_by_whichever_node_is_first(
    ask: Any, answers: list[Any], delay: float, nodes: list[Any]
) -> None:
    session = AnsweringSession(answers, other_nodes=["second", "third"])
    assert ask(session, READ, delay=delay, patience=5) == ROWS
    assert session.nodes == nodes


@pytest.mark.parametrize(
    ("answers", "others", "asked"),
    [
        pytest.param([FAILS, FAILS, FAILS], ["second", "third"], 3, id="all nodes fail"),
        pytest.param([FAILS], [], 1, id="there is no other node"),
        pytest.param([SILENT, FAILS], ["second"], 2, id="the first is silent and a second fails"),
        pytest.param([SILENT, SILENT], ["second"], 2, id="both are silent"),
    ],
)
def test_read_that_no_node_answers_is_unavailable(
    ask: Any, answers: list[Any], others: list[str], asked: int
) -> None:
    session = AnsweringSession(answers, other_nodes=others)
    with pytest.raises(StoreUnavailable):
        ask(session, READ, delay=DELAY_SECONDS, patience=0.1)
    assert len(session.asked) == asked


@pytest.mark.parametrize("outcome", [FAILS, SILENT], ids=["fails", "silent"])
def test_write_is_sent_once(ask: Any, outcome: Any) -> None:
    session = AnsweringSession([outcome], other_nodes=["second"])
    with pytest.raises(StoreUnavailable):
        ask(session, WRITE, delay=DELAY_SECONDS, patience=0.1)
    assert len(session.asked) == 1


def test_many_reads_are_sent_before_any_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    session = AnsweringSession([SILENT, ROWS, [], SILENT, ROWS, ROWS], other_nodes=["second"])
    connection = connection_over(
        monkeypatch, session, [READ], speculative_delay_seconds=DELAY_SECONDS
    )
    keys = [("a",), ("b",), ("c",), ("d",)]
    assert connection.rows_of_each([(READ, key) for key in keys], Deadline(5)) == [
        ROWS,
        ROWS,
        [],
        ROWS,
    ]
    assert [one.values for one in session.asked] == [*keys, ("a",), ("d",)]
    assert session.nodes == [None, None, None, None, "second", "second"]


def test_many_reads_of_a_silent_node_are_no_slower_than_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many, delay = 100, 0.2
    session = AnsweringSession([*[SILENT] * many, *[ROWS] * many], other_nodes=["second"])
    connection = connection_over(monkeypatch, session, [READ], speculative_delay_seconds=delay)
    deadline = Deadline(delay * many)
    assert connection.rows_of_each([(READ, ("x",))] * many, deadline) == [ROWS] * many
    assert deadline.remaining() > delay * (many - 10)


def test_many_reads_of_which_one_has_no_answer_are_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = AnsweringSession([ROWS, SILENT, ROWS])
    connection = connection_over(monkeypatch, session, [READ])
    with pytest.raises(StoreUnavailable):
        connection.rows_of_each([(READ, (key,)) for key in "abc"], Deadline(0.1))
