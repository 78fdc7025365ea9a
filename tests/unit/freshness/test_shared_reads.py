"""Many who ask for one user at once cost one read, and nobody pays for another's failure."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import pytest

from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.accounts.standing import Standing
from getme_server.deadline import Deadline
from getme_server.errors import DeadlinePassed
from getme_server.stores.location import read_location
from getme_server.stores.opening import Stores, open_stores
from tests.conftest import NO_LOGIN
from tests.people import ADA, CREATOR, NOBODY
from tests.unit.freshness.feed_in_test import change
from tests.unit.freshness.standings_in_test import World
from tests.waiting import until

THREADS = 16
SECONDS = 10.0


@pytest.fixture
def people(people_database: str) -> Iterator[Stores]:
    with closing(open_stores(read_location(people_database), NO_LOGIN)) as stores:
        yield stores


@pytest.fixture
def world(people: Stores) -> World:
    return World(people)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads


class Slow:
    """A read of the store that goes on until it is let; others do not wait.

    before: as the store is asked, or once it has answered. then: what becomes of it.
    """

    def __init__(self, world: World, *, before: bool = True) -> None:
        self._world = world
        self._let = threading.Event()
        self.begun = threading.Event()
        self.failure: Exception | None = None
        self._is_first = True
        if before:
            world.asked.before_read = self._wait
        else:
            world.asked.after_read = self._wait

    def _wait(self) -> None:
        if not self._is_first:
            return
        self._is_first = False
        self.begun.set()
        assert self._let.wait(SECONDS)
        if self.failure is not None:
            raise self.failure

    def end(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self._let.set()


def all_wait(world: World, asking: list[Future[Standing]]) -> bool:
    """Whether all have looked into memory, and none has an answer."""
    looked = until(lambda: len(world.looked_up) >= len(asking), SECONDS)
    return looked and not any(one.done() for one in asking)


def test_many_who_ask_at_once_cost_one_read(world: World, threads: ThreadPoolExecutor) -> None:
    slow = Slow(world)
    asking = [threads.submit(world.ask) for _ in range(THREADS)]
    try:
        assert slow.begun.wait(SECONDS)
        assert all_wait(world, asking)
    finally:
        slow.end()
    answers = [one.result(SECONDS) for one in asking]
    assert {answer.account for answer in answers} == {ADA}
    assert world.asked.reads == 1
    assert world.ask() == answers[0]
    assert world.asked.reads == 1


def test_who_asks_for_another_user_does_not_wait(world: World, threads: ThreadPoolExecutor) -> None:
    slow = Slow(world)
    asking = threads.submit(world.ask)
    try:
        assert slow.begun.wait(SECONDS)
        assert world.ask(CREATOR.user_id).account == CREATOR
        assert not asking.done()
    finally:
        slow.end()
    assert asking.result(SECONDS).account == ADA


def test_many_who_ask_for_nobody_cost_one_read(world: World, threads: ThreadPoolExecutor) -> None:
    slow = Slow(world)
    asking = [threads.submit(world.ask, NOBODY) for _ in range(THREADS)]
    try:
        assert slow.begun.wait(SECONDS)
        assert all_wait(world, asking)
    finally:
        slow.end()
    for one in asking:
        with pytest.raises(UserNotFound):
            one.result(SECONDS)
    assert world.asked.reads == 1


def test_who_asks_after_a_change_does_not_join_a_read_from_before_it(
    world: World, threads: ThreadPoolExecutor
) -> None:
    slow = Slow(world, before=False)
    before = threads.submit(world.ask)
    try:
        assert slow.begun.wait(SECONDS)
        renamed = world.rename(ADA, "New")
        world.wait(0)
        assert world.ask().account == renamed
    finally:
        slow.end()
    assert before.result(SECONDS).account == ADA  # it had asked before
    assert world.ask().account == renamed  # which the older one's answer has not replaced for good
    assert world.ask().account == renamed


@pytest.mark.parametrize(
    ("max_staleness", "reads"),
    [(0, 2), (0.3, 2), (0.4, 1), (None, 1)],
    ids=["now", "shorter than it takes", "longer than it takes", "as may be"],
)
def test_who_joins_a_read_gets_nothing_older_than_was_asked_for(
    world: World, threads: ThreadPoolExecutor, max_staleness: float | None, reads: int
) -> None:
    slow = Slow(world)
    first = threads.submit(world.ask)
    try:
        assert slow.begun.wait(SECONDS)
        world.clock.now += 0.35
        second = threads.submit(world.ask, max_staleness_seconds=max_staleness)
        if reads == 2:
            assert second.result(SECONDS).account == ADA
            assert not first.done()
        else:
            assert until(lambda: len(world.looked_up) == 2, SECONDS)
    finally:
        slow.end()
    assert (first.result(SECONDS).account, second.result(SECONDS).account) == (ADA, ADA)
    assert world.asked.reads == reads


def test_who_is_quiet_is_read_for_each_who_asks(world: World, threads: ThreadPoolExecutor) -> None:
    world.log.quiet_seconds = 6
    change(world.stores, ADA.user_id)
    world.wait(0)
    slow = Slow(world)
    first = threads.submit(world.ask)
    try:
        assert slow.begun.wait(SECONDS)
        assert world.ask().account == ADA
        assert not first.done()
    finally:
        slow.end()
    assert first.result(SECONDS).account == ADA


@pytest.mark.parametrize(
    "failure", [StoreUnavailable("reset"), DeadlinePassed()], ids=["the store's", "its caller's"]
)
def test_the_failure_of_who_reads_is_not_that_of_those_who_wait(
    world: World, threads: ThreadPoolExecutor, failure: Exception
) -> None:
    slow = Slow(world)
    first = threads.submit(world.ask)
    try:
        assert slow.begun.wait(SECONDS)
        waiting = [threads.submit(world.ask) for _ in range(THREADS - 1)]
        assert all_wait(world, [first, *waiting])
    finally:
        slow.end(failure)
    with pytest.raises(type(failure)):
        first.result(SECONDS)
    assert {one.result(SECONDS).account for one in waiting} == {ADA}


@pytest.mark.parametrize(
    ("is_callers", "error"), [(True, DeadlinePassed), (False, StoreUnavailable)]
)
def test_who_waits_waits_as_long_as_its_own_deadline(
    world: World, threads: ThreadPoolExecutor, error: type[Exception], *, is_callers: bool
) -> None:
    slow = Slow(world)
    first = threads.submit(world.ask)
    try:
        assert slow.begun.wait(SECONDS)
        with pytest.raises(error):
            world.ask(deadline=Deadline(0.05, is_callers=is_callers))
        assert not first.done()
    finally:
        slow.end()
    assert first.result(SECONDS).account == ADA
    assert world.asked.reads == 1
