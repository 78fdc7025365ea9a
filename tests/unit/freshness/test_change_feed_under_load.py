"""No reader that remembers misses a change, while others make changes.

A change that this server has made counts at once, one that others have made within the lease.
"""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from getme_server.deadline import Deadline
from getme_server.freshness.change_feed import LEASE_SECONDS, ChangeFeed
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import Stores, open_stores
from tests.conftest import NO_LOGIN
from tests.unit.freshness.feed_in_test import KEY, SECONDS, lone_board

LOAD_SECONDS = 2
WRITERS = 4  # every other one is this server
READERS = 5
USERS_EACH = 4
WRITE_PAUSE_SECONDS = 0.02  # so that readers find something to remember
READ_PAUSE_SECONDS = 0.001  # so that writers get their turn


class Acknowledged(NamedTuple):
    """A change: the moment that it names, and when it was acknowledged (monotonic)."""

    moment: float
    at: float


class Remembered(NamedTuple):
    """What a reader keeps of the store's answer, and the place that it has."""

    moment: float
    position: int


class Servers(NamedTuple):
    """This server, which answers, and another one; they share a store."""

    own: Stores
    others: Stores
    feed: ChangeFeed


@pytest.fixture
def servers(location: SqliteLocation, stores: Stores) -> Iterator[Servers]:
    board = lone_board()
    with closing(open_stores(location, NO_LOGIN, on_change=board.post)) as own:
        feed = ChangeFeed(own.changes, board, time.monotonic)
        feed.start()
        yield Servers(own, stores, feed)
        feed.stop()


class Load:
    """Writers that count the moment of each of their users up, and readers that remember it."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._users = [[uuid4() for _ in range(USERS_EACH)] for _ in range(WRITERS)]
        self._log: dict[UUID, list[Acknowledged]] = {
            user: [Acknowledged(0, time.monotonic())] for users in self._users for user in users
        }
        # How long what others have changed may take to count.
        self._delay = {
            user: 0.0 if writer % 2 else LEASE_SECONDS
            for writer, users in enumerate(self._users)
            for user in users
        }
        self._ends = time.monotonic() + LOAD_SECONDS
        self._pause = threading.Event()

    def write(self, writer: int) -> int:
        """Changes users, until the time is over; how often."""
        server = self._servers.own if writer % 2 else self._servers.others
        moment = 0
        while time.monotonic() < self._ends:
            moment += 1
            user = random.choice(self._users[writer])  # noqa: S311  # no secret
            server.revocations.revoke_user_tokens(user, moment, Deadline(SECONDS), keep_seconds=60)
            self._log[user].append(Acknowledged(moment, time.monotonic()))
            self._pause.wait(WRITE_PAUSE_SECONDS)
        return moment

    def read(self) -> int:
        """Answers from memory where the feed vouches for it; how often."""
        memory: dict[UUID, Remembered] = {}
        vouched = 0
        while (at := time.monotonic()) < self._ends:
            user = random.choice(list(self._log))  # noqa: S311  # no secret
            known = memory.get(user)
            due = self._due(user, at)
            if known and self._servers.feed.covers(user, known.position, at=at):
                vouched += 1
                assert known.moment >= due
            else:
                memory[user] = self._ask(user)
            self._pause.wait(READ_PAUSE_SECONDS)
        return vouched

    def _ask(self, user: UUID) -> Remembered:
        position = self._servers.feed.position_of(user)
        moment = self._servers.own.revocations.revoked(user, [KEY], Deadline(SECONDS)).issued_before
        return Remembered(moment or 0, position)

    def _due(self, user: UUID, at: float) -> float:
        """The least that an answer at a moment may be."""
        in_effect = at - self._delay[user]
        acknowledged = (done.moment for done in reversed(self._log[user]) if done.at <= in_effect)
        return next(acknowledged, 0)


def test_a_reader_that_remembers_is_never_behind_by_more_than_the_lease(servers: Servers) -> None:
    load = Load(servers)
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writing = [pool.submit(load.write, writer) for writer in range(WRITERS)]
        reading = [pool.submit(load.read) for _ in range(READERS)]
        assert min(future.result() for future in writing) > 10
        assert min(future.result() for future in reading) > 10
