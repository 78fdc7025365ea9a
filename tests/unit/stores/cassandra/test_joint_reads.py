"""Reads that are joined: what goes together, and that nobody pays for another."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

import pytest

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned, DeadlinePassed
from getme_server.stores.cassandra import joint_reads
from getme_server.stores.cassandra.joint_reads import LANES, MAX_TOGETHER, JointReads
from tests.waiting import until

SECONDS = 10.0
KEYS = ("ada", "grace", "edith")


class OneCall:
    """A call that its caller may give up."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []
        self._has_ended = False

    def time_remaining(self) -> float | None:
        return None

    def add_callback(self, callback: Callable[[], None]) -> bool:
        self._callbacks.append(callback)
        return not self._has_ended

    def waits(self) -> bool:
        return bool(self._callbacks)

    def give_up(self) -> None:
        self._has_ended = True
        for callback in self._callbacks:
            callback()


class Store:
    """Answers keys in capitals, each read when it is let. begun: keys of reads, in turn.

    unreadable: a key whose reads fail, alone or with others.
    """

    def __init__(self) -> None:
        self.begun: SimpleQueue[tuple[str, ...]] = SimpleQueue()
        self.let_go = threading.Event()
        self.let_go.set()
        self.unreadable = ""
        self.reads = JointReads(self._alone, self._together)
        self._pool = ThreadPoolExecutor(4 * MAX_TOGETHER)

    def call(
        self, key: str, lifetime: OneCall | None = None, *, seconds: float = SECONDS
    ) -> Future[str]:
        return self._pool.submit(self.reads.read, key, Deadline(seconds, lifetime))

    def hold(self) -> list[Future[str]]:
        """Reads that are not answered until let_go, one in each lane."""
        self.let_go.clear()
        held = []
        for number in range(LANES):
            held.append(self.call(f"held {number}"))
            assert self.begun.get(timeout=SECONDS) == (f"held {number}",)
        return held

    def calls_that_wait(self, keys: Sequence[str]) -> list[Future[str]]:
        """Calls for them, which have come in this order."""
        lifetimes = [OneCall() for _ in keys]
        calls = []
        for key, lifetime in zip(keys, lifetimes, strict=True):
            calls.append(self.call(key, lifetime))
            assert until(lifetime.waits)
        return calls

    def close(self) -> None:
        self.let_go.set()
        self._pool.shutdown()

    def _alone(self, key: str, deadline: Deadline) -> str:
        return self._read((key,), deadline)[0]

    def _together(self, keys: Sequence[str], deadline: Deadline) -> list[str]:
        return self._read(tuple(keys), deadline)

    def _read(self, keys: tuple[str, ...], deadline: Deadline) -> list[str]:
        given_up = threading.Event()
        if not deadline.when_abandoned(given_up.set):
            raise CallAbandoned
        if deadline.remaining() <= 0:
            raise DeadlinePassed
        self.begun.put(keys)
        assert self.let_go.wait(SECONDS)
        if given_up.is_set():
            raise CallAbandoned
        if self.unreadable in keys:
            raise StoreUnavailable("as the test wants it")
        return [key.upper() for key in keys]


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits does so until it is taken along."""
    monkeypatch.setattr(joint_reads, "PATIENCE_SECONDS", SECONDS)


def begun_so_far(store: Store) -> list[tuple[str, ...]]:
    found = []
    while not store.begun.empty():
        found.append(store.begun.get())
    return found


def test_one_after_the_other_each_goes_alone(store: Store) -> None:
    assert [store.call(key).result(SECONDS) for key in KEYS] == [key.upper() for key in KEYS]
    assert begun_so_far(store) == [(key,) for key in KEYS]


@pytest.mark.usefixtures("patient")
def test_those_that_come_while_others_are_on_their_way_go_together(store: Store) -> None:
    held = store.hold()
    calls = store.calls_that_wait(KEYS)
    assert store.begun.empty()
    store.let_go.set()
    assert [call.result(SECONDS) for call in calls] == [key.upper() for key in KEYS]
    assert begun_so_far(store) == [KEYS]
    assert [call.result(SECONDS) for call in held] == ["HELD 0", "HELD 1"]


@pytest.mark.usefixtures("patient")
def test_no_read_is_larger_than_the_most(store: Store) -> None:
    store.hold()
    keys = [f"key {number}" for number in range(MAX_TOGETHER + 3)]
    calls = store.calls_that_wait(keys)
    store.let_go.set()
    assert [call.result(SECONDS) for call in calls] == [key.upper() for key in keys]
    assert sorted(map(len, begun_so_far(store))) == [3, MAX_TOGETHER]


@pytest.mark.usefixtures("patient")
def test_where_a_read_of_several_fails_each_reads_alone(store: Store) -> None:
    store.hold()
    calls = store.calls_that_wait(KEYS)
    store.unreadable = "grace"
    store.let_go.set()
    assert (calls[0].result(SECONDS), calls[2].result(SECONDS)) == ("ADA", "EDITH")
    with pytest.raises(StoreUnavailable):
        calls[1].result(SECONDS)
    together, *alone = begun_so_far(store)
    assert together == KEYS
    assert sorted(alone) == [("ada",), ("edith",), ("grace",)]


def test_reads_that_take_long_hold_nobody_up(store: Store) -> None:
    store.hold()
    calls = [store.call(key) for key in KEYS]
    begun: list[str] = []
    while len(begun) < len(KEYS):  # within their patience, alone or together
        begun += store.begun.get(timeout=SECONDS)
    assert sorted(begun) == sorted(KEYS)
    store.let_go.set()
    assert [call.result(SECONDS) for call in calls] == [key.upper() for key in KEYS]


def test_lanes_come_back_after_reads_that_took_long(store: Store) -> None:
    test_reads_that_take_long_hold_nobody_up(store)
    for call in [store.call(key) for key in KEYS]:
        call.result(SECONDS)
    begun_so_far(store)
    test_one_after_the_other_each_goes_alone(store)


@pytest.mark.usefixtures("patient")
def test_who_gives_up_while_it_waits_is_let_go_and_not_read(store: Store) -> None:
    store.hold()
    lifetime = OneCall()
    call = store.call("ada", lifetime)
    assert until(lifetime.waits)
    lifetime.give_up()
    with pytest.raises(CallAbandoned):
        call.result(SECONDS)
    others = store.calls_that_wait(["grace", "edith"])
    store.let_go.set()
    assert [other.result(SECONDS) for other in others] == ["GRACE", "EDITH"]
    assert begun_so_far(store) == [("grace", "edith")]


@pytest.mark.usefixtures("patient")
def test_others_are_answered_where_the_one_gives_up_that_reads_for_them(store: Store) -> None:
    held = store.hold()
    lifetime = OneCall()
    reading = store.call("ada", lifetime)
    assert until(lifetime.waits)
    others = store.calls_that_wait(["grace", "edith"])
    let_go, store.let_go = store.let_go, threading.Event()
    let_go.set()
    for call in held:
        call.result(SECONDS)
    assert store.begun.get(timeout=SECONDS) == KEYS
    lifetime.give_up()
    store.let_go.set()
    with pytest.raises(CallAbandoned):
        reading.result(SECONDS)
    assert [other.result(SECONDS) for other in others] == ["GRACE", "EDITH"]


@pytest.mark.usefixtures("patient")
def test_nobody_waits_beyond_its_deadline(store: Store) -> None:
    store.hold()
    with pytest.raises(DeadlinePassed):
        store.call("ada", seconds=0.1).result(SECONDS / 2)
