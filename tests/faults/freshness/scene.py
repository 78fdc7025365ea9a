"""Clients that ask and writers that change, all at once, while a test does harm to what they use.

Clients that end in "a" go through the link to server a, those in "b" to server b; stubs go to
their server without the link. Paced, not as fast as they can: a caller who never waits takes the
processor time that the programs need to keep their promise.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self

from tests.faults.freshness.checker import Report, check
from tests.faults.freshness.doors import (
    ALL_CHANGES,
    AioClient,
    Asking,
    Changing,
    CommandLine,
    Gateway,
    Stub,
    SyncClient,
)
from tests.faults.freshness.history import UNANSWERED, Call
from tests.faults.freshness.installation import Installation
from tests.faults.freshness.writer import People, Writer, ask
from tests.people import MODERATOR
from tests.tokens import token_for
from tests.waiting import until

WRITERS = 6  # for one that waits for an answer changes nothing
PLACES_EACH = 4
OPERATED_PLACES = 2
CHANGES_PER_SECOND = 1.0  # of each writer
# On Cassandra users are not remembered for six seconds after they were made or changed. Before that
# there is no old news, and even a server that heeds no change is not found out.
SELDOM_CHANGES_PER_SECOND = 0.2
UNREMEMBERED_SECONDS = 6.0
OPERATIONS_PER_SECOND = 0.4  # each is a process that takes a second to start
# Who remembers is asked often, for one that asks anew each time can tell no old news.
CALLS_PER_SECOND: dict[type, float] = {SyncClient: 80.0, AioClient: 80.0, Gateway: 40.0, Stub: 15.0}
# One that waits for an answer must not keep others from those that are out of memory.
THREADS: dict[type, int] = {SyncClient: 12, AioClient: 12, Gateway: 4, Stub: 4}
NEWEST_TOKENS = 2
SHARE_OF_NEWEST = 0.8
CLIENTS_OF_B = ("sync b", "aio b", "gateway b", "stub b")
FIRST_ANSWERS_SECONDS = 30
HITS_THAT_ARE_NO_LUCK = 20
REMEMBERED_SECONDS = 30

Way = Stub | AioClient | Gateway


class Scene:
    """From `with` on all ask and change; `report` tells what that came to, when it has ended.

    changes_of_a: what may be changed through server a, where not all may.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        changes_of_a: frozenset[str] = ALL_CHANGES,
    ) -> None:
        there = installation
        on_cassandra = there.settings["GETME_STORE"].startswith("cassandra:")
        self._changes_per_second = SELDOM_CHANGES_PER_SECOND if on_cassandra else CHANGES_PER_SECOND
        self._unremembered_seconds = UNREMEMBERED_SECONDS if on_cassandra else 0.0
        stub_b = Stub("stub b", there.b.upstream)
        aio = [AioClient("aio a", there.a.upstream), AioClient("aio b", there.b.upstream)]
        sync = [SyncClient("sync a", there.a.upstream), SyncClient("sync b", there.b.upstream)]
        ways: list[Way] = [
            *aio,
            Stub("stub a", there.a.server.address),
            stub_b,
            Gateway("gateway a", there.a.gateway),
            Gateway("gateway b", there.b.gateway),
        ]
        for way in ways:
            if way.name.endswith("a"):
                way.changes &= changes_of_a
        self._remembering: list[AioClient | SyncClient] = [*aio, *sync]
        self._clients: list[Way | SyncClient] = [*sync, *ways]
        self._people = People()
        self._calls: list[Call] = []
        self._errors: list[Exception] = []
        self._stopping = threading.Event()
        self._writers = [
            self._writer(range(PLACES_EACH * number, PLACES_EACH * (number + 1)), ways, stub_b)
            for number in range(WRITERS)
        ]
        operator = CommandLine(there.directory, there.settings)
        places = range(PLACES_EACH * WRITERS, PLACES_EACH * WRITERS + OPERATED_PLACES)
        self._operator = self._writer(places, [operator], stub_b)
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end()

    def go_on(self, seconds: float) -> None:
        """Lets all ask and change for so long."""
        self._stopping.wait(seconds)

    def go_on_until_remembered(self) -> None:
        """Lets all ask and change until each client that can remember has done so from now on.

        Raises AssertionError if they do not soon.
        """
        enough = {client: client.hits + HITS_THAT_ARE_NO_LUCK for client in self._remembering}
        assert until(
            lambda: all(client.hits >= hits for client, hits in enough.items()), REMEMBERED_SECONDS
        ), {client.name: client.hits for client in self._remembering}

    def report(self) -> Report:
        """What was seen. Raises what a writer was refused."""
        assert self._stopping.is_set()
        if self._errors:
            raise self._errors[0]
        histories = {each.user_id: list(each.versions) for each in self._people.everybody}
        return check(histories, self._calls)

    @property
    def unanswered(self) -> list[str]:
        """What writers asked for and were not answered."""
        return [each for writer in (*self._writers, self._operator) for each in writer.unanswered]

    def _begin(self) -> None:
        for writer in (*self._writers, self._operator):
            writer.populate()
        for writer in self._writers:
            self._start(partial(writer.run, self._stopping, self._changes_per_second))
        self._start(partial(self._operator.run, self._stopping, OPERATIONS_PER_SECOND))
        for client in self._clients:
            for number in range(THREADS[type(client)]):
                self._start(partial(self._ask, client, number))
        assert until(self._all_have_asked, FIRST_ANSWERS_SECONDS)
        self.go_on(self._unremembered_seconds)
        self.go_on_until_remembered()

    def _end(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self.hits = {client.name: client.hits for client in self._remembering}
        for client in self._clients:
            client.close()

    def _writer(self, places: Sequence[int], ways: Sequence[Changing], entrance: Stub) -> Writer:
        return Writer(
            self._people,
            places,
            ways=ways,
            entrance=entrance,
            moderator=token_for(MODERATOR.user_id, "moderator"),
            record=self._calls.append,
        )

    def _start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  # raised again by report
                self._errors.append(error)

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def _ask(self, client: Asking, number: int) -> None:
        chance = random.Random(f"{client.name} {number}")  # noqa: S311  # no secret
        pause = THREADS[type(client)] / CALLS_PER_SECOND[type(client)]
        due = time.monotonic() + pause * chance.random()
        while not self._stopping.wait(max(0, due - time.monotonic())):
            due = max(due + pause, time.monotonic())
            person = chance.choice(list(self._people.places.values()))
            count = len(person.tokens)
            oldest = max(0, count - NEWEST_TOKENS) if chance.random() < SHARE_OF_NEWEST else 0
            ask(client, person, chance.randrange(oldest, count), self._calls.append)

    def _all_have_asked(self) -> bool:
        answered = {call.client for call in self._calls if call.answer not in UNANSWERED}
        return answered >= {client.name for client in self._clients} or bool(self._errors)
