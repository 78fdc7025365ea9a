"""The watch tells of each change once, and never leaves a good last word behind."""

import queue
import time
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned
from getme_server.stores.availability import Availability
from getme_server.stores.watch import StoreWatch

PATIENCE_SECONDS = 5


class Store:
    """Answers, or fails as it is told to."""

    failure: Exception | None = None

    def probe(self, deadline: Deadline) -> None:
        assert 0 < deadline.remaining() <= 1
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def told() -> "queue.Queue[bool]":
    return queue.Queue()


@pytest.fixture
def watch(store: Store, told: "queue.Queue[bool]") -> Iterator[StoreWatch]:
    watch = StoreWatch(store, Availability(time.monotonic), told.put)
    yield watch
    watch.stop()


@pytest.mark.parametrize(
    "failure",
    [StoreUnavailable("gone"), StoreUnavailable(""), CallAbandoned()],
    ids=["with a cause", "without one", "too late"],
)
def test_changes_are_told_once_each(
    watch: StoreWatch, store: Store, told: "queue.Queue[bool]", failure: Exception
) -> None:
    with capture_logs() as lines:
        watch.start()
        assert told.get(timeout=PATIENCE_SECONDS) is True
        store.failure = failure
        assert told.get(timeout=PATIENCE_SECONDS) is False
        store.failure = None
        assert told.get(timeout=PATIENCE_SECONDS) is True
    assert [line["event"] for line in lines] == ["store_away", "store_back"]


def test_store_that_is_away_at_the_start_is_told_at_once(
    watch: StoreWatch, store: Store, told: "queue.Queue[bool]"
) -> None:
    store.failure = StoreUnavailable("gone")
    watch.start()
    assert told.get_nowait() is False


def test_watch_that_ends_leaves_no_good_word(watch: StoreWatch, told: "queue.Queue[bool]") -> None:
    watch.start()
    assert told.get(timeout=PATIENCE_SECONDS) is True
    watch.stop()
    assert told.get(timeout=PATIENCE_SECONDS) is False
