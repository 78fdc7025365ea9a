"""Who listens is told of each change at once, that all is well now and then, and of gaps."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import grpc
import pytest

from getme.clock import now
from getme.errors import error_of_call
from getme.v1.user_service_pb2 import GetUserRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from getme_server.freshness.change_feed import LEASE_SECONDS
from getme_server.servicers import streams
from getme_server.servicers.watching import HEARTBEAT_SECONDS
from getme_server.stores.location import SqliteLocation
from getme_server.stores.opening import migrate
from tests.conftest import NO_LOGIN
from tests.unit.freshness.feed_in_test import change, no_answer, nothing
from tests.unit.servicers.watching_in_test import SECONDS, Watched, watched
from tests.waiting import until

USER = uuid4()
OTHER = uuid4()
HEARTBEATS = 6
MANY_STREAMS = 200
MANY_USERS = 5_000  # a message of so many is larger than what is on its way to who does not read
READERS = 5
SLOW_READERS = 6  # more than threads that send


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Watched]:
    location = SqliteLocation(str(tmp_path / "getme.db"))
    migrate(location, NO_LOGIN)
    with watched(location) as server:
        yield server


def thread_names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


def test_the_start_marker_comes_at_once_and_tells_where_the_log_ends(server: Watched) -> None:
    waited = []
    for _ in range(5):
        watch = server.watch()
        marker = watch.next()
        waited.append(time.monotonic() - watch.asked)
        assert (marker.log_id, marker.position) == (server.told.known_log.log_id, 1)
        assert marker.gap  # whatever the caller remembers from before it is void
        assert list(marker.user_ids) == []
        watch.call.cancel()
    assert min(waited) < HEARTBEAT_SECONDS / 2


def test_a_moment_that_is_told_lies_before_what_is_known(server: Watched) -> None:
    watch = server.watch()
    moments = []
    for _ in range(HEARTBEATS):
        moments.append(watch.known_until(watch.next()))
        assert moments[-1] <= server.feed.polled
    assert moments == sorted(moments)
    assert moments[-1] > watch.asked
    markers = [server.watch().next() for _ in range(10)]
    # Nobody has polled since it was asked for, but by chance.
    assert min(marker.known_until.ToNanoseconds() for marker in markers) < 0


def test_a_heartbeat_comes_twice_a_second_where_nothing_changes(server: Watched) -> None:
    watch = server.watch()
    marker = watch.next()
    moments = [time.monotonic()]
    for _ in range(HEARTBEATS):
        message = watch.next()
        moments.append(time.monotonic())
        assert (message.log_id, message.position) == (marker.log_id, marker.position)
        assert not message.gap
        assert list(message.user_ids) == []
    waited = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert HEARTBEAT_SECONDS * 0.9 < median(waited) < 0.6


@pytest.mark.parametrize("changing", ["this server", "another one"])
def test_a_change_is_told_at_once(server: Watched, changing: str) -> None:
    stores = server.own_stores if changing == "this server" else server.stores
    watch = server.watch()
    position = watch.next().position
    waited = []
    for _ in range(8):
        user = uuid4()
        change(stores, user)
        acknowledged = time.monotonic()
        message = watch.told_of(user)
        waited.append(time.monotonic() - acknowledged)
        position += 1
        assert (list(message.user_ids), message.position) == ([user.bytes], position)
        assert not message.gap
        assert watch.known_until(message) <= server.feed.polled
    assert min(waited) < HEARTBEAT_SECONDS / 2


def test_who_knows_a_place_is_told_what_has_changed_since(server: Watched) -> None:
    first = server.watch()
    marker = first.next()
    server.change(USER)
    message = first.told_of(USER)
    first.call.cancel()
    server.change(OTHER, OTHER)
    assert until(lambda: server.feed.place == 4)
    resumed = server.resume(message).next()
    assert (resumed.gap, list(resumed.user_ids), resumed.position) == (False, [OTHER.bytes], 4)
    resumed = server.resume(marker).next()
    assert (resumed.gap, resumed.position) == (False, 4)
    assert sorted(resumed.user_ids) == sorted([USER.bytes, OTHER.bytes])
    resumed = server.resume(resumed).next()
    assert (resumed.gap, list(resumed.user_ids), resumed.position) == (False, [], 4)


@pytest.mark.parametrize("known", ["another log", "a place before the server's first one"])
def test_who_knows_what_the_server_does_not_is_told_of_a_gap(server: Watched, known: str) -> None:
    log_id = server.told.known_log.log_id
    watch = server.watch("0123", 1) if known == "another log" else server.watch(log_id, 0)
    marker = watch.next()
    assert (marker.gap, marker.log_id, marker.position) == (True, log_id, 1)
    server.change(USER)
    assert not watch.told_of(USER).gap


def test_who_is_ahead_of_this_worker_has_missed_nothing(server: Watched) -> None:
    watch = server.watch(server.told.known_log.log_id, 2)
    marker = watch.next()
    assert (marker.gap, list(marker.user_ids), marker.position) == (False, [], 1)
    server.change(USER)
    message = watch.told_of(USER)
    assert (message.gap, message.position) == (False, 2)


def test_entries_that_nobody_saw_are_told_as_a_gap(server: Watched) -> None:
    watch = server.watch()
    position = watch.next().position
    server.lose_entries()
    while not (message := watch.next()).gap:
        assert message.position == position
    assert message.position == position + 5
    assert list(message.user_ids) == []
    assert not watch.next().gap


def test_a_moment_that_is_known_grows_no_more_while_the_store_is_away(server: Watched) -> None:
    watch = server.watch()
    last = watch.next()
    server.log.before_read = no_answer
    assert until(lambda: now() > server.feed.lease_ends)
    polled = server.feed.polled
    marker_of_another = server.watch()
    assert marker_of_another.known_until(marker_of_another.next()) <= polled
    server.change(USER)
    server.log.before_read = nothing
    message = watch.told_of(USER)
    assert watch.known_until(message) >= watch.known_until(last) + LEASE_SECONDS


def test_many_streams_hold_no_thread_of_those_that_answer_calls(server: Watched) -> None:
    watches = [server.watch() for _ in range(MANY_STREAMS)]
    for watch in watches:
        watch.next()
    assert server.watching.watchers == MANY_STREAMS
    with pytest.raises(grpc.RpcError) as refused:  # by the one thread that there is
        UserServiceStub(server.channel).GetUser(GetUserRequest(user_id=str(USER)), timeout=SECONDS)
    assert error_of_call(refused.value).reason == "USER_NOT_FOUND"
    server.change(USER)
    for watch in watches:
        watch.told_of(USER)


def test_who_goes_is_forgotten(server: Watched) -> None:
    watches = [server.watch() for _ in range(10)]
    for watch in watches:
        watch.next()
    for watch in watches[1:]:
        watch.call.cancel()
    assert until(lambda: server.watching.watchers == 1)
    server.change(USER)
    assert not watches[0].told_of(USER).gap


def test_more_streams_than_are_served_are_refused(
    server: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_STREAMS", 2)
    watches = [server.watch() for _ in range(2)]
    for watch in watches:
        watch.next()
    assert error_of_call(server.watch().end()).reason == "OVERLOADED"
    watches[0].call.cancel()
    assert until(lambda: server.watching.watchers == 1)
    assert server.watch().next().position == 1


def test_who_does_not_read_is_cut_off_and_nobody_else(server: Watched) -> None:
    readers = [server.watch() for _ in range(READERS)]
    slow = [server.watch() for _ in range(SLOW_READERS)]
    for watch in (*readers, *slow):
        watch.next()
    many = [uuid4() for _ in range(MANY_USERS)]
    ends = time.monotonic() + SECONDS
    while server.watching.watchers > READERS and time.monotonic() < ends:
        server.change_at_once(many)
        for reader in readers:
            assert not reader.told_of(many[-1]).gap
    assert server.watching.watchers == READERS
    for watch in slow:
        assert watch.end().code() is grpc.StatusCode.CANCELLED
    server.change(USER)
    for reader in readers:
        assert not reader.told_of(USER).gap


def test_all_streams_end_with_the_server(server: Watched) -> None:
    watches = [server.watch() for _ in range(10)]
    for watch in watches:
        watch.next()
    server.watching.end()
    for watch in (*watches, server.watch()):
        ended = watch.end()
        assert ended.code() is grpc.StatusCode.UNAVAILABLE
        assert ended.details() == "the server stops"
    assert server.watching.watchers == 0
    assert until(lambda: not any(name == "invalidations" for name in thread_names()))


def test_streams_end_when_the_server_drains_and_may_come_back(server: Watched) -> None:
    watches = [server.watch() for _ in range(10)]
    for watch in watches:
        watch.next()
    server.watching.drain()
    for watch in watches:
        assert watch.end().code() is grpc.StatusCode.UNAVAILABLE
    again = server.watch()
    assert again.next().log_id
    server.watching.end()
    assert again.end().details() == "the server stops"


def test_streams_end_while_they_are_told_of_changes(server: Watched) -> None:
    watches = [server.watch() for _ in range(MANY_STREAMS)]
    for watch in watches:
        watch.next()
    stopping = threading.Event()

    def go_on_changing() -> None:
        while not stopping.is_set():
            change(server.own_stores, USER)

    changing = threading.Thread(target=go_on_changing)
    changing.start()
    try:
        watches[0].told_of(USER)
        server.watching.end()
        for watch in watches:
            assert watch.end().code() is grpc.StatusCode.UNAVAILABLE
    finally:
        stopping.set()
        changing.join()
