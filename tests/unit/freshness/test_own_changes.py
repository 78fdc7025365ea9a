"""Who changes something sees it in the next call, whichever worker of the server answers."""

import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import NamedTuple
from uuid import uuid4

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.freshness.change_board import ChangeBoard, board_memory
from getme_server.freshness.change_feed import POLL_SECONDS, ChangeFeed
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import Stores, open_stores
from tests.conftest import NO_LOGIN
from tests.unit.freshness.feed_in_test import (
    KEY,
    SECONDS,
    STARTED,
    Clock,
    Interposed,
    change,
    no_answer,
    nothing,
)

USER = uuid4()
OTHER = uuid4()
WORKERS = 2
MORE_THAN_A_RING = 300


class Worker(NamedTuple):
    """A worker of one server, polled once. board: its sight of what all of them change."""

    stores: Stores
    log: Interposed
    board: ChangeBoard
    feed: ChangeFeed


@pytest.fixture
def workers(location: SqliteLocation, clock: Clock) -> Iterator[list[Worker]]:
    memory = board_memory(WORKERS)
    workers = []
    for number in range(WORKERS):
        board = ChangeBoard(memory, worker=number, workers=WORKERS)
        stores = open_stores(location, NO_LOGIN, on_change=board.post)
        log = Interposed(stores.changes)
        workers.append(Worker(stores, log, board, ChangeFeed(log, board, clock)))
        workers[-1].feed.poll()
    clock.now += 0.05
    yield workers
    for worker in workers:
        worker.stores.close()


@pytest.fixture(params=["its own", "a sibling's"])
def changing(request: pytest.FixtureRequest, workers: list[Worker]) -> Worker:
    """Who makes a change; the first worker answers."""
    return workers[0 if request.param == "its own" else 1]


@pytest.fixture
def answering(workers: list[Worker]) -> Worker:
    return workers[0]


def test_a_change_of_this_server_counts_without_a_poll(
    answering: Worker, changing: Worker, clock: Clock
) -> None:
    feed, before = answering.feed, answering.feed.place
    change(changing.stores, USER)
    assert not feed.covers(USER, before, at=clock.now)
    assert feed.covers(OTHER, before, at=clock.now)
    assert feed.place == before  # it was not polled


def test_nothing_is_remembered_of_the_user_until_a_later_poll_has_told_of_it(
    answering: Worker, changing: Worker, clock: Clock
) -> None:
    feed, before = answering.feed, answering.feed.place
    change(changing.stores, USER)
    assert feed.position_of(USER) == -1
    assert not feed.covers(USER, feed.position_of(USER), at=clock.now)
    assert feed.position_of(OTHER) == before
    clock.now += 0.01
    feed.poll()
    assert not feed.covers(USER, before, at=clock.now)
    assert feed.position_of(USER) == before + 1
    assert feed.covers(USER, before + 1, at=clock.now)


def test_a_poll_that_was_under_way_does_not_count_as_a_later_one(
    answering: Worker, changing: Worker, clock: Clock
) -> None:
    feed, before = answering.feed, answering.feed.place

    def change_during_the_poll() -> None:
        answering.log.before_read = nothing
        clock.now += 0.01
        change(changing.stores, USER)
        assert not feed.covers(USER, before, at=clock.now)
        clock.now += 0.01

    answering.log.before_read = change_during_the_poll
    feed.poll()
    assert not feed.covers(USER, feed.place, at=clock.now)
    assert feed.position_of(USER) == -1
    feed.poll()
    assert feed.covers(USER, feed.position_of(USER), at=clock.now)


def test_a_poll_that_fails_is_none(answering: Worker, changing: Worker, clock: Clock) -> None:
    change(changing.stores, USER)
    answering.log.before_read = no_answer
    clock.now += 0.01
    answering.feed.poll()
    assert answering.feed.position_of(USER) == -1
    assert not answering.feed.covers(USER, answering.feed.place, at=clock.now)
    assert answering.feed.covers(OTHER, answering.feed.place, at=clock.now)


def test_a_change_that_failed_may_have_been_made(answering: Worker, changing: Worker) -> None:
    before = answering.feed.place
    changing.stores.close()
    with pytest.raises(StoreUnavailable):
        changing.stores.revocations.revoke_tokens(USER, [KEY], Deadline(1), keep_seconds=60)
    assert not answering.feed.covers(USER, before, at=STARTED)


def test_more_changes_than_can_be_told_void_all_until_a_later_poll(
    answering: Worker, changing: Worker, clock: Clock
) -> None:
    feed, before = answering.feed, answering.feed.place
    for _ in range(MORE_THAN_A_RING):
        changing.board.post(USER)
    assert not feed.covers(OTHER, before, at=clock.now)
    clock.now += 0.01
    feed.poll()
    assert feed.covers(OTHER, before, at=clock.now)
    assert feed.covers(USER, before, at=clock.now)  # the log says that nothing has changed


def test_more_changes_than_can_be_told_during_a_poll_void_all_until_the_next_one(
    answering: Worker, changing: Worker, clock: Clock
) -> None:
    feed, before = answering.feed, answering.feed.place

    def change_much_during_the_poll() -> None:
        answering.log.before_read = nothing
        clock.now += 0.01
        for _ in range(MORE_THAN_A_RING):
            changing.board.post(USER)
        assert not feed.covers(OTHER, before, at=clock.now)
        clock.now += 0.01

    answering.log.before_read = change_much_during_the_poll
    feed.poll()
    assert not feed.covers(OTHER, before, at=clock.now)
    feed.poll()
    assert feed.covers(OTHER, before, at=clock.now)


def test_the_feed_polls_soon_after_a_change_of_this_server(
    answering: Worker, changing: Worker
) -> None:
    feed = ChangeFeed(answering.log, answering.board, time.monotonic)
    polls: SimpleQueue[tuple[int, float]] = SimpleQueue()
    feed.listen(lambda: polls.put((feed.place, time.monotonic())))
    waited = []
    feed.start()
    try:
        # Right after a poll, so that the next one is not due for long. Several times, because the
        # machine is busy.
        for _ in range(10):
            while not polls.empty():
                polls.get()
            before, _ = polls.get(timeout=SECONDS)
            changed = time.monotonic()
            change(changing.stores, USER)
            told = (before, changed)
            while told[0] == before:
                told = polls.get(timeout=SECONDS)
            waited.append(told[1] - changed)
    finally:
        feed.stop()
    assert min(waited) < POLL_SECONDS / 2
