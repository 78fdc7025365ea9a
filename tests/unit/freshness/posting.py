"""What another worker of the same server does to the board, in a process of its own."""

from uuid import UUID

from getme_server.freshness.change_board import BoardMemory, ChangeBoard

WORKERS = 3


def user(worker: int, number: int) -> UUID:
    """Whom a worker has changed with its change of a number."""
    return UUID(int=worker * 10_000 + number + 1)


def post(memory: BoardMemory, worker: int, changes: int) -> None:
    """Posts so many changes."""
    board = ChangeBoard(memory, worker=worker, workers=WORKERS)
    for number in range(changes):
        board.post(user(worker, number))
