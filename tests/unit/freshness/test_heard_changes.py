"""How much a feed has heard: counted as a client counts, each user told and each gap; and when."""

from uuid import uuid4

import pytest

from getme_server.freshness.change_feed import LONGEST_GAP_SECONDS, ChangeFeed
from getme_server.stores.opening import Stores
from tests.unit.freshness.feed_in_test import Clock, change, lone_board


def test_each_change_is_heard_once(feed: ChangeFeed, stores: Stores) -> None:
    before = feed.heard.invalidations
    change(stores, uuid4(), uuid4())
    feed.poll()
    feed.poll()
    change(stores, uuid4())
    feed.poll()
    assert feed.heard.invalidations == before + 3


def test_a_gap_counts_one_however_much_it_hides(
    feed: ChangeFeed, stores: Stores, clock: Clock
) -> None:
    before = feed.heard.invalidations
    change(stores, uuid4(), uuid4())
    clock.now += LONGEST_GAP_SECONDS + 1
    feed.poll()
    assert feed.heard.invalidations == before + 1


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
