"""Remembered standings over a real store on SQLite and a real feed, with a clock of the test's."""

import threading
from collections.abc import Callable
from uuid import UUID

from getme_server.accounts.account import Account
from getme_server.accounts.standing import Standing, StoredStandings
from getme_server.deadline import Deadline
from getme_server.freshness.change_feed import ChangeFeed
from getme_server.freshness.remembered_standings import RememberedStandings
from getme_server.stores.opening import Stores
from tests.people import ADA
from tests.unit.freshness.feed_in_test import SECONDS, Clock, Interposed, lone_board, nothing

TTL_SECONDS = 60.0


class Asked:
    """The standings that are stored, and how often they were asked for.

    before_read, after_read: called in each read, before and after the store has answered.
    """

    def __init__(self, stores: Stores) -> None:
        self._stored = StoredStandings(stores.accounts)
        self._mutex = threading.Lock()
        self.reads = 0
        self.before_read: Callable[[], None] = nothing
        self.after_read: Callable[[], None] = nothing

    def standing(
        self, user_id: UUID, deadline: Deadline, *, max_staleness_seconds: float | None = None
    ) -> Standing:
        with self._mutex:
            self.reads += 1
        self.before_read()
        found = self._stored.standing(
            user_id, deadline, max_staleness_seconds=max_staleness_seconds
        )
        self.after_read()
        return found


class World:
    """Standings of the people of `tests.people`, the store behind them, and what is counted."""

    def __init__(
        self, stores: Stores, *, ttl_seconds: float = TTL_SECONDS, max_bytes: int = 1_000_000
    ) -> None:
        self.stores = stores
        self.clock = Clock()
        self.log = Interposed(stores.changes)
        self.feed = ChangeFeed(self.log, lone_board(), self.clock)
        self.feed.poll()
        self.asked = Asked(stores)
        self.looked_up: list[bool] = []
        self.standings = RememberedStandings(
            self.asked,
            self.feed,
            ttl_seconds=ttl_seconds,
            max_bytes=max_bytes,
            looked_up=self.looked_up.append,
            clock=self.clock,
        )

    def ask(
        self,
        user_id: UUID = ADA.user_id,
        *,
        max_staleness_seconds: float | None = None,
        deadline: Deadline | None = None,
    ) -> Standing:
        return self.standings.standing(
            user_id,
            deadline or Deadline(SECONDS),
            max_staleness_seconds=max_staleness_seconds,
        )

    def wait(self, seconds: float) -> None:
        """Time goes on, and the feed polls."""
        self.clock.now += seconds
        self.feed.poll()

    def rename(self, account: Account, firstname: str) -> Account:
        """Through getme, by another server: the feed has not heard of it yet."""
        renamed = self.stores.accounts.update_names(
            account, firstname, account.lastname, Deadline(SECONDS)
        )
        assert renamed is not None
        return renamed
