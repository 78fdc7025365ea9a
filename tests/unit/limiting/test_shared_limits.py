"""A worker asks its parent, whatever becomes of the parent; real processes: test_limits_of_workers.

The parent is a thread here.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from getme_server.accounts.attempts import Attempt, AttemptLimits
from getme_server.accounts.errors import RateLimited, StoreUnavailable
from getme_server.limiting.opening import own_limits
from getme_server.limiting.rates import read_rates
from getme_server.limiting.shared_limits import SharedLimits, answer_takes
from tests.unit.limiting.taking import passed, passed_at_once

RATES = read_rates(password="10 per hour", account="off", address="off")


@contextmanager
def workers(count: int, limits: AttemptLimits) -> Iterator[list[SharedLimits]]:
    pipes = [Pipe() for _ in range(count)]
    threads = [threading.Thread(target=answer_takes, args=(limits, ours)) for ours, _ in pipes]
    for thread in threads:
        thread.start()
    yield [SharedLimits(theirs) for _, theirs in pipes]
    for _, theirs in pipes:
        theirs.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_all_threads_of_all_workers_have_one_limit_together() -> None:
    with workers(4, own_limits(RATES)) as shared:
        assert passed_at_once(shared, 100) == 10


def test_a_worker_is_told_how_long_to_wait() -> None:
    with workers(1, own_limits(RATES)) as (shared,):
        assert passed(shared, 10, account="ada") == 10
        with pytest.raises(RateLimited) as refused:
            shared.take(Attempt.PASSWORD, address="192.0.2.1", account="ada")
    assert refused.value.retry_after_seconds == pytest.approx(3_600, abs=60)


def test_kinds_and_addresses_reach_the_parent() -> None:
    rates = read_rates(password="off", account="off", address="1 per hour")
    with workers(1, own_limits(rates)) as (shared,):
        for attempt in Attempt:
            shared.take(attempt, address="192.0.2.1")
            shared.take(attempt, address="192.0.2.2")
        with pytest.raises(RateLimited):
            shared.take(Attempt.REFRESH, address="192.0.2.1")


def test_without_a_parent_nothing_gets_through() -> None:
    ours, theirs = Pipe()
    ours.close()
    shared = SharedLimits(theirs)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            shared.take(Attempt.PASSWORD, address="192.0.2.1")
    theirs.close()


def test_an_answer_that_came_too_late_is_not_taken_for_the_next_one() -> None:
    ours, theirs = Pipe()
    shared = SharedLimits(theirs, answer_seconds=0.5)
    with pytest.raises(StoreUnavailable):
        shared.take(Attempt.PASSWORD, address="192.0.2.1")
    parent = threading.Thread(target=refuse_second, args=(ours,))
    parent.start()
    with pytest.raises(RateLimited):
        shared.take(Attempt.PASSWORD, address="192.0.2.1")
    parent.join()
    for pipe in (ours, theirs):
        pipe.close()


def refuse_second(worker: Connection) -> None:
    for wait_seconds in (None, 7.0):
        number, *_question = worker.recv()
        worker.send((number, wait_seconds))
