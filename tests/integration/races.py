"""Many who want the same thing at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from getme_server.accounts.errors import StoreUnavailable

THREADS = 20
SECONDS = 30


def race(attempt: Callable[[int], bool]) -> list[bool | None]:
    """What THREADS attempts at once have come to, by their numbers; None where nobody knows.

    Cassandra lets conditional writes that collide wait at random, and gives some up at last; such
    a write may have been carried out.
    """
    together = Barrier(THREADS)

    def outcome(number: int) -> bool | None:
        together.wait(SECONDS)
        try:
            return attempt(number)
        except StoreUnavailable:
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(outcome, range(THREADS)))


def assert_one_won(outcomes: list[bool | None], *, winner: int) -> None:
    """winner: the number of the one whose attempt is what the store has now."""
    assert outcomes[winner] is not False, outcomes
    others = outcomes[:winner] + outcomes[winner + 1 :]
    assert True not in others, outcomes
    assert False in others, "they were not in each other's way, or all gave up"
