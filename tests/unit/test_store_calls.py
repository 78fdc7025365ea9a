"""Calls to the store are timed and counted, and otherwise pass as they are."""

from typing import Any, cast
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned, DeadlinePassed
from getme_server.store_calls import BUCKETS, StoreCalls, StoreCollector, StoreCounts
from getme_server.stores.availability import Availability
from getme_server.stores.opening import Stores

NOBODY = uuid4()
OPERATION = "accounts.account"


class OneStore:
    """Stands for all stores at once. raises: what each call ends with."""

    quiet_seconds = 4.0

    def __init__(self, raises: Exception | None = None) -> None:
        self.raises = raises
        self.under_way = 0
        self.look: Any = lambda: None

    def account(self, user_id: object, deadline: object) -> object:
        self.look()
        if self.raises is not None:
            raise self.raises
        return (user_id, deadline)


def watched(store: OneStore) -> tuple[StoreCalls, Stores]:
    calls = StoreCalls()
    one = cast("Any", store)
    stores = Stores(one, one, one, one, one, Availability(lambda: 0.0), lambda: 0, lambda: None)
    return calls, calls.watched(stores)


def test_answers_and_properties_come_through() -> None:
    _calls, stores = watched(OneStore())
    deadline = Deadline(1)
    assert cast("Any", stores.accounts).account(NOBODY, deadline=deadline) == (NOBODY, deadline)
    assert stores.changes.quiet_seconds == 4.0


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (None, 0),
        (UserNotFound("x"), 0),
        (CallAbandoned("x"), 0),
        (DeadlinePassed("x"), 1),
        (StoreUnavailable("x"), 1),
    ],
    ids=["answer", "no such user", "nobody waits", "deadline", "unavailable"],
)
def test_only_what_is_no_answer_counts_as_failed(error: Exception | None, failed: int) -> None:
    calls, stores = watched(OneStore(error))
    for _ in range(3):
        if error is None:
            stores.accounts.account(NOBODY, Deadline(1))
        else:
            with pytest.raises(type(error)):
                stores.accounts.account(NOBODY, Deadline(1))
    counts = calls.counted(stores)
    assert sum(counts.buckets.values()) == 3
    assert counts.failed[OPERATION] == 3 * failed
    assert (counts.under_way, counts.available) == (0, 1)


def test_a_call_is_under_way_until_it_is_answered() -> None:
    store = OneStore()
    calls, stores = watched(store)
    seen = []
    store.look = lambda: seen.append(calls.counted(stores).under_way)
    stores.accounts.account(NOBODY, Deadline(1))
    assert seen == [1]


def test_a_store_that_is_away_is_told() -> None:
    calls, stores = watched(OneStore())
    stores.availability.looked(answers=False, begun=0.0)
    assert calls.counted(stores).available == 0


def test_figures_of_workers_are_added_and_levels_of_the_dead_are_forgotten() -> None:
    total = StoreCounts()
    for number in range(2):
        counts = StoreCounts(under_way=1, available=1)
        counts.buckets[OPERATION, number] = 1
        counts.seconds[OPERATION] = 1
        if number:
            counts.forget_levels()
        total.add(counts)
    assert (total.under_way, total.available) == (1, 1)
    registry = CollectorRegistry()
    registry.register(StoreCollector(total))

    def at_most(bound: str) -> float | None:
        labels = {"operation": OPERATION, "le": bound}
        return registry.get_sample_value("getme_store_seconds_bucket", labels)

    assert [at_most(str(BUCKETS[0])), at_most(str(BUCKETS[1])), at_most("+Inf")] == [1, 2, 2]
