"""What the workers of a server tell each other, over memory that processes really share."""

from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from uuid import UUID

import pytest

from getme_server.freshness.change_board import BoardMemory, ChangeBoard, board_memory
from tests.unit.freshness.posting import WORKERS, post, user
from tests.waiting import until

SECONDS = 30.0
RING = 256  # changes of one worker that are kept, as the module's docstring has it


@pytest.fixture
def memory() -> BoardMemory:
    return board_memory(WORKERS)


@pytest.fixture
def board(memory: BoardMemory) -> ChangeBoard:
    """The sight of worker 0."""
    return sight(memory, 0)


def sight(memory: BoardMemory, worker: int) -> ChangeBoard:
    return ChangeBoard(memory, worker=worker, workers=WORKERS)


def told(board: ChangeBoard) -> list[list[UUID] | None]:
    """What one read tells."""
    news: list[list[UUID] | None] = []
    board.read(news.append)
    return news


def started(memory: BoardMemory, worker: int, changes: int) -> BaseProcess:
    process = get_context("spawn").Process(target=post, args=(memory, worker, changes))
    process.start()
    return process


def test_nothing_was_posted_at_first(board: ChangeBoard) -> None:
    assert not board.has_news
    assert told(board) == []


def test_what_was_posted_is_told_once_in_its_order(board: ChangeBoard) -> None:
    for number in range(3):
        board.post(user(0, number))
    assert board.has_news
    assert told(board) == [[user(0, 0), user(0, 1), user(0, 2)]]
    assert told(board) == []
    board.post(user(0, 1))
    assert told(board) == [[user(0, 1)]]
    assert not board.has_news


def test_each_worker_is_told_what_all_have_posted(memory: BoardMemory) -> None:
    sights = [sight(memory, worker) for worker in range(WORKERS)]
    for worker, one in enumerate(sights):
        one.post(user(worker, 0))
    everybody = [user(worker, 0) for worker in range(WORKERS)]
    assert [told(one) for one in sights] == [[everybody]] * WORKERS


def test_a_worker_that_starts_again_is_told_what_comes_and_goes_on_where_it_was(
    memory: BoardMemory, board: ChangeBoard
) -> None:
    sight(memory, 1).post(user(1, 0))
    again = sight(memory, 1)
    assert not again.has_news  # it remembers nothing that this could void
    again.post(user(1, 1))
    assert told(again) == [[user(1, 1)]]
    assert told(board) == [[user(1, 0), user(1, 1)]]


def test_other_processes_are_heard_while_they_post(memory: BoardMemory, board: ChangeBoard) -> None:
    changes = RING - 1
    processes = [started(memory, worker, changes) for worker in (1, 2)]
    heard: list[UUID] = []

    def all_were_heard() -> bool:
        board.read(lambda users: heard.extend(users or ()))
        return len(heard) >= 2 * changes

    assert until(all_were_heard, SECONDS)
    for process in processes:
        process.join(SECONDS)
        assert process.exitcode == 0
    for worker in (1, 2):
        posted = [user(worker, number) for number in range(changes)]
        assert [one for one in heard if one in posted] == posted
    assert len(heard) == 2 * changes
    assert not board.has_news


@pytest.mark.parametrize(
    ("changes", "are_told"),
    [(RING - 1, True), (RING, False), (RING + 1, False), (3 * RING + 5, False)],
)
def test_more_than_a_ring_holds_is_told_as_such(
    memory: BoardMemory, board: ChangeBoard, changes: int, *, are_told: bool
) -> None:
    process = started(memory, 1, changes)
    process.join(SECONDS)
    board.post(user(0, 0))
    (news,) = told(board)
    everybody = [user(0, 0), *(user(1, number) for number in range(changes))]
    assert news == (everybody if are_told else None)
    assert not board.has_news
    sight(memory, 1).post(user(1, changes))
    assert told(board) == [[user(1, changes)]]


def test_what_nobody_could_take_is_told_again(board: ChangeBoard) -> None:
    def fail(_users: list[UUID] | None) -> None:
        raise RuntimeError

    board.post(user(0, 0))
    with pytest.raises(RuntimeError):
        board.read(fail)
    assert board.has_news
    assert told(board) == [[user(0, 0)]]


def test_it_is_news_until_it_was_taken(board: ChangeBoard) -> None:
    was_news: list[bool] = []
    board.post(user(0, 0))
    board.read(lambda _users: was_news.append(board.has_news))
    assert was_news == [True]


def test_what_is_posted_while_others_are_told_is_told_next(board: ChangeBoard) -> None:
    board.post(user(0, 0))
    board.read(lambda _users: board.post(user(0, 1)))
    assert board.has_news
    assert told(board) == [[user(0, 1)]]
