"""An SQLite file that is replaced under a server voids all that was remembered of the old one."""

import shutil
import time
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from getme_server.freshness.change_feed import ChangeFeed
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import migrate, open_stores
from tests.conftest import NO_LOGIN
from tests.unit.freshness.feed_in_test import SECONDS, change, lone_board

USER = uuid4()
OTHER = uuid4()


@pytest.mark.parametrize("places", [0, 1, 3], ids=["behind us", "as far as we", "before us"])
def test_file_that_was_replaced_voids_all_whatever_its_log_holds(
    tmp_path: Path, places: int
) -> None:
    here, other = (SqliteLocation(str(tmp_path / name)) for name in ("here.db", "other.db"))
    for location, number in ((here, 1), (other, places)):
        migrate(location, NO_LOGIN)
        with closing(open_stores(location, NO_LOGIN)) as stores:
            change(stores, *[OTHER] * number)
    with closing(open_stores(here, NO_LOGIN)) as stores:
        feed = ChangeFeed(stores.changes, lone_board(), time.monotonic)
        feed.poll()
        position = feed.place
        assert feed.covers(USER, position, at=time.monotonic())
        for suffix in ("", "-wal", "-shm"):
            Path(f"{here.path}{suffix}").unlink(missing_ok=True)
        Path(other.path).rename(here.path)
        ends = time.monotonic() + SECONDS
        while feed.covers(USER, position, at=time.monotonic()):
            assert time.monotonic() < ends
            feed.poll()
        feed.poll()
        assert feed.covers(USER, feed.place, at=time.monotonic())


def test_copy_that_was_put_back_voids_all_though_its_log_has_the_same_name_and_length(
    tmp_path: Path,
) -> None:
    here, copy = (SqliteLocation(str(tmp_path / name)) for name in ("here.db", "copy.db"))
    migrate(here, NO_LOGIN)
    with closing(open_stores(here, NO_LOGIN)) as stores:
        change(stores, OTHER)
    shutil.copy(here.path, copy.path)
    with (
        closing(open_stores(here, NO_LOGIN)) as stores,
        closing(open_stores(copy, NO_LOGIN)) as put,
    ):
        change(stores, OTHER)
        change(put, USER)
        feed = ChangeFeed(stores.changes, lone_board(), time.monotonic)
        feed.poll()
        position = feed.place
        for suffix in ("", "-wal", "-shm"):
            Path(f"{here.path}{suffix}").unlink(missing_ok=True)
            if Path(f"{copy.path}{suffix}").exists():
                Path(f"{copy.path}{suffix}").rename(f"{here.path}{suffix}")
        ends = time.monotonic() + SECONDS
        while feed.covers(USER, position, at=time.monotonic()):
            assert time.monotonic() < ends
            feed.poll()
