"""No reader that remembers misses a revocation, while other threads write them."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from getme_server.deadline import Deadline
from getme_server.freshness.revocation_feed import LEASE_SECONDS, RevocationLogFeed
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import migrate, open_stores
from getme_server.tokens.revocation import RevocationStore
from tests.conftest import NO_LOGIN

SECONDS = 5
LOAD_SECONDS = 2
WRITERS = 3
READERS = 5
USERS_EACH = 4
WRITE_PAUSE_SECONDS = 0.02  # so that readers find something to remember
READ_PAUSE_SECONDS = 0.001  # so that writers get their turn
KEY = bytes(32)


class Acknowledged(NamedTuple):
    """A revocation: the moment that it names, and when it was acknowledged (monotonic)."""

    moment: float
    at: float


class Remembered(NamedTuple):
    """What a reader keeps of the store's answer, and the feed's place before it asked."""

    moment: float
    position: int


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RevocationStore]:
    location = SqliteLocation(str(tmp_path / "getme.db"))
    migrate(location, NO_LOGIN)
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores.revocations


@pytest.fixture
def feed(store: RevocationStore) -> Iterator[RevocationLogFeed]:
    feed = RevocationLogFeed(
        store, time.monotonic, max_changed_users=6
    )  # overflows again and again
    feed.start()
    yield feed
    feed.stop()


class Load:
    """Writers that count the moment of each of their users up, and readers that remember it."""

    def __init__(self, store: RevocationStore, feed: RevocationLogFeed) -> None:
        self._store = store
        self._feed = feed
        self._users = [[uuid4() for _ in range(USERS_EACH)] for _ in range(WRITERS)]
        self._log: dict[UUID, list[Acknowledged]] = {
            user: [Acknowledged(0, time.monotonic())] for users in self._users for user in users
        }
        self._ends = time.monotonic() + LOAD_SECONDS
        self._pause = threading.Event()

    def write(self, writer: int) -> int:
        """Revokes, until the time is over; how often."""
        moment = 0
        while time.monotonic() < self._ends:
            moment += 1
            user = random.choice(self._users[writer])  # noqa: S311  # no secret
            self._store.revoke_user_tokens(user, moment, Deadline(SECONDS), keep_seconds=60)
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
            if known and self._feed.unchanged_since(user, known.position, at=at):
                vouched += 1
                assert known.moment >= self._due(user, at)
            else:
                memory[user] = self._ask(user)
            self._pause.wait(READ_PAUSE_SECONDS)
        return vouched

    def _ask(self, user: UUID) -> Remembered:
        position = self._feed.position
        moment = self._store.revoked(user, [KEY], Deadline(SECONDS)).issued_before
        return Remembered(moment or 0, position)

    def _due(self, user: UUID, at: float) -> float:
        """The least that an answer at a moment may be."""
        in_effect = at - LEASE_SECONDS
        acknowledged = (done.moment for done in reversed(self._log[user]) if done.at <= in_effect)
        return next(acknowledged, 0)


def test_a_reader_that_remembers_is_never_behind_by_more_than_the_lease(
    store: RevocationStore, feed: RevocationLogFeed
) -> None:
    load = Load(store, feed)
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writing = [pool.submit(load.write, writer) for writer in range(WRITERS)]
        reading = [pool.submit(load.read) for _ in range(READERS)]
        assert min(future.result() for future in writing) > 10
        assert min(future.result() for future in reading) > 10
