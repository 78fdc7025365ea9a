"""How late news of changes came, as the metrics tell it."""

from uuid import uuid4

import pytest

from getme_server.freshness.change_feed import ChangeFeed
from getme_server.stores.opening import Stores
from tests.unit.freshness.feed_in_test import Clock, change, lone_board


def test_only_what_has_come_since_the_start_is_late(stores: Stores, clock: Clock) -> None:
    change(stores, uuid4())
    feed = ChangeFeed(stores.changes, lone_board(), clock)
    feed.poll()
    assert feed.heard.lag.total() == 0
    change(stores, uuid4())
    clock.now += 0.1
    feed.poll()
    assert feed.heard.lag.total() == 1
    assert feed.heard.lag_seconds == pytest.approx(0.1)
