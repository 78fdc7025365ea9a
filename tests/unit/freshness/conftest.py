"""What the tests of this folder share: real logs on SQLite, and a feed of one of them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from getme_server.freshness.change_feed import ChangeFeed
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import Stores, migrate, open_stores
from tests.conftest import NO_LOGIN
from tests.unit.freshness.feed_in_test import Clock, Interposed, change, lone_board


@pytest.fixture
def location(tmp_path: Path) -> SqliteLocation:
    location = SqliteLocation(str(tmp_path / "getme.db"))
    migrate(location, NO_LOGIN)
    return location


@pytest.fixture
def stores(location: SqliteLocation) -> Iterator[Stores]:
    """As another server has them: what is changed through them is on no board of ours."""
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


@pytest.fixture
def interposed(stores: Stores) -> Interposed:
    return Interposed(stores.changes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feed(stores: Stores, interposed: Interposed, clock: Clock) -> ChangeFeed:
    """Behind three changes, and polled once."""
    change(stores, uuid4(), uuid4(), uuid4())
    feed = ChangeFeed(interposed, lone_board(), clock)
    feed.poll()
    return feed
