"""Both forms of the client against a real server: when they ask, and when they remember."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import grpc
import pytest

import getme
from getme.v1.user_service_pb2 import GetMeResponse, UpdateMeResponse
from tests.unit.client.remembering import (
    ADA,
    GRACE,
    AioClient,
    Connect,
    RememberingServer,
    closing,
    is_remembered,
    remember,
)
from tests.unit.client.serving import SECONDS, serve_users, until

TOKEN = f"{ADA}.token"
ZERO = timedelta(0)


@pytest.fixture
def server() -> Iterator[RememberingServer]:
    with serve_users() as users:
        yield RememberingServer(users)


@pytest.fixture(params=[getme.Client, AioClient], ids=["threads", "asyncio"])
def connect(request: pytest.FixtureRequest) -> Connect:
    """Makes a client of either form."""
    made: Connect = request.param
    return made


@pytest.fixture
def client(server: RememberingServer, connect: Connect) -> Iterator[Any]:
    with closing(connect, server) as made:
        yield made


def test_answer_is_given_again_without_a_call(server: RememberingServer, client: Any) -> None:
    remember(server, client, TOKEN)
    asked = server.asked
    for _ in range(100):
        assert client.get_me(TOKEN).user_id == ADA
    assert server.asked == asked
    assert client.memory.hits >= 100


def test_change_is_seen_when_it_is_told(server: RememberingServer, client: Any) -> None:
    remember(server, client, TOKEN)
    remember(server, client, f"{GRACE}.token")
    server.change(ADA)
    until(lambda: client.get_me(TOKEN).etag == "2")
    assert is_remembered(server, client, f"{GRACE}.token")


def test_gap_voids_all(server: RememberingServer, client: Any) -> None:
    remember(server, client, TOKEN)
    server.versions[ADA] = 7
    server.feed.gap()
    until(lambda: client.get_me(TOKEN).etag == "7")
    remember(server, client, TOKEN)


def test_other_log_voids_all(server: RememberingServer, client: Any) -> None:
    remember(server, client, TOKEN)
    server.versions[ADA] = 7
    server.feed.replace_log("log-2")
    until(lambda: client.get_me(TOKEN).etag == "7")
    remember(server, client, TOKEN)


def test_nothing_is_remembered_while_nothing_is_told(
    server: RememberingServer, client: Any
) -> None:
    remember(server, client, TOKEN)
    server.feed.is_silent = True
    silent_since = time.monotonic()
    until(lambda: client.memory.lease_seconds_left <= 0)
    assert time.monotonic() - silent_since < 1.5
    assert not is_remembered(server, client, TOKEN)
    assert not is_remembered(server, client, TOKEN)
    server.feed.is_silent = False
    remember(server, client, TOKEN)


def test_messages_that_tell_of_an_old_moment_renew_nothing(
    server: RememberingServer, client: Any
) -> None:
    remember(server, client, TOKEN)
    server.feed.frozen_at = time.monotonic()
    until(lambda: client.memory.lease_seconds_left <= 0)
    assert not is_remembered(server, client, TOKEN)
    assert server.feed.streams == 1  # though it tells something all the time


def test_stream_that_ended_is_asked_for_again_from_where_it_was(
    server: RememberingServer, client: Any
) -> None:
    remember(server, client, TOKEN)
    remember(server, client, f"{GRACE}.token")
    server.feed.end_streams()
    server.change(ADA)
    until(lambda: len(server.feed.requests) > 1)
    again = server.feed.requests[-1]
    assert (again.log_id, again.position) == ("log-1", 5)
    until(lambda: client.get_me(TOKEN).etag == "2")
    assert is_remembered(server, client, f"{GRACE}.token")


@pytest.mark.parametrize("lose", ["silence", "end"])
def test_stream_is_replaced_though_the_server_tells_nothing(
    server: RememberingServer, client: Any, lose: str
) -> None:
    server.feed.is_silent = True
    if lose == "end":
        server.feed.end_streams()
    until(lambda: len(server.feed.requests) > 1)
    server.feed.is_silent = False
    remember(server, client, TOKEN)


def test_stream_is_replaced_by_one_that_overlaps_it(
    server: RememberingServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getme.following.REPLACE_SECONDS", 0.2)
    gone = []
    with closing(connect, server) as client:
        remember(server, client, TOKEN)
        asked = server.asked
        while len(server.feed.requests) < 5:
            client.get_me(TOKEN)
            gone.append(server.feed.streams == 0)
            time.sleep(0.002)  # leaves the other threads some time
        assert server.asked == asked
        assert not any(gone)
        until(lambda: server.feed.streams == 1)
        assert {request.position for request in server.feed.requests[1:]} == {5}


def test_answer_ends_with_its_token(server: RememberingServer, client: Any) -> None:
    server.usable_seconds = 0.3
    asked_at = time.monotonic()
    client.get_me(TOKEN)
    until(lambda: time.monotonic() > asked_at + 0.35)
    assert not is_remembered(server, client, TOKEN)


def test_staleness_that_is_allowed_decides(server: RememberingServer, client: Any) -> None:
    remember(server, client, TOKEN)
    before = server.asked
    client.get_me(TOKEN, timedelta(hours=1))
    assert server.asked == before
    client.get_me(TOKEN, max_staleness=timedelta(microseconds=1))
    client.get_me(TOKEN, ZERO)
    assert server.asked == before + 2
    assert server.users.requests[-1].HasField("max_staleness")


def test_refusals_are_not_remembered(server: RememberingServer, client: Any) -> None:
    def refuse(_request: Any, context: Any) -> GetMeResponse:
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "suspended")
        raise AssertionError  # abort raises

    server.users.get_me = refuse
    before = server.asked
    for _ in range(2):
        with pytest.raises(getme.PermissionDenied):
            client.get_me(TOKEN)
    assert server.asked == before + 2
    server.users.get_me = server.answer
    assert client.get_me(TOKEN).user_id == ADA


@pytest.mark.parametrize(
    ("code", "is_void"),
    [(grpc.StatusCode.UNAUTHENTICATED, True), (grpc.StatusCode.RESOURCE_EXHAUSTED, False)],
    ids=["refused", "overloaded"],
)
def test_refusal_voids_what_was_remembered_and_a_failure_does_not(
    server: RememberingServer, client: Any, code: grpc.StatusCode, is_void: bool
) -> None:
    def refuse(_request: Any, context: Any) -> GetMeResponse:
        context.abort(code, "")
        raise AssertionError  # abort raises

    remember(server, client, TOKEN)
    server.users.get_me = refuse
    with pytest.raises(getme.Error):
        client.get_me(TOKEN, ZERO)
    server.users.get_me = server.answer
    assert is_remembered(server, client, TOKEN) is not is_void


def test_without_a_cache_each_call_asks_and_nothing_is_watched(
    server: RememberingServer, connect: Connect
) -> None:
    client = connect(server.users.address, cache=False)
    try:
        for _ in range(3):
            client.get_me(TOKEN)
        assert server.asked == 3
        assert not any(request.remember for request in server.users.requests)
        assert server.feed.requests == []
    finally:
        client.close()


def test_older_server_is_asked_each_time(server: RememberingServer, connect: Connect) -> None:
    watched = threading.Event()

    def not_served(_request: Any, context: Any) -> Iterator[Any]:
        watched.set()
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")
        yield

    server.users.watch = not_served
    client = connect(server.users.address)
    try:
        client.get_me(TOKEN)
        until(lambda: not client.memory.feed.served)
        assert watched.is_set()
        assert not is_remembered(server, client, TOKEN)
    finally:
        client.close()


def test_answer_that_was_held_up_is_asked_for_again(server: RememberingServer, client: Any) -> None:
    def hold_up(request: Any, context: Any) -> GetMeResponse:
        old = server.answer(request, context)
        server.users.get_me = server.answer
        server.change(ADA)
        until(lambda: client.memory.feed.lease.position == server.feed.position)
        time.sleep(0.3)  # the time that it takes is what is tried here
        return old

    server.users.get_me = hold_up
    assert client.get_me(TOKEN).etag == "2"
    assert server.asked == 3


def test_own_write_is_seen_at_once_though_nobody_told(server: RememberingServer) -> None:
    with closing(AioClient, server) as client:
        remember(server, client, TOKEN)
        remember(server, client, f"{ADA}.other")
        remember(server, client, f"{GRACE}.token")

        def update(_request: Any, _context: Any) -> UpdateMeResponse:
            server.versions[ADA] += 1
            return UpdateMeResponse()

        server.users.update_me = update
        client.update_me(TOKEN)
        assert client.get_me(TOKEN).etag == "2"
        assert server.users.requests[-1].HasField("max_staleness")
        assert client.get_me(f"{ADA}.other").etag == "2"
        assert not is_remembered(server, client, TOKEN)
        assert is_remembered(server, client, f"{GRACE}.token")


def test_raw_answer_is_recalled_with_what_was_made_of_it(server: RememberingServer) -> None:
    with closing(AioClient, server) as client:
        remember(server, client, TOKEN)
        found = client.client.recall(TOKEN)
        assert found is not None
        assert (found.response.user.user_id, found.user.user_id, found.extra) == (ADA, ADA, None)
        found.extra = b"made of it"
        assert client.client.recall(TOKEN) is found
        assert client.client.recall(f"{ADA}.unknown") is None


def test_raw_answer_is_asked_for_with_the_metadata_of_the_caller(server: RememberingServer) -> None:
    with closing(AioClient, server) as client:
        request = getme.v1.user_service_pb2.GetMeRequest(if_none_match="x")
        asked = client.client.get_me_response(TOKEN, request, metadata=(("x-request-id", "7"),))
        assert client.run(asked).response.etag == "1"
        assert server.users.metadata[-1]["x-request-id"] == "7"
        assert server.users.requests[-1].if_none_match == "x"


def test_threads_never_see_another_user_nor_an_older_version_than_was_told(
    server: RememberingServer,
) -> None:
    wrong: list[Any] = []
    ended = threading.Event()
    with closing(getme.Client, server, cache_bytes=150_000) as client:

        def ask(number: int) -> None:
            count = 0
            while not ended.is_set():
                count += 1
                user_id = (ADA, GRACE)[count % 2]
                known = told[user_id]
                user = client.get_me(f"{user_id}.{'x' * 200}{count % 7}{number % 2}")
                if user.user_id != user_id or int(user.etag) < known:
                    wrong.append((user, known))

        told = dict(server.versions)
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for number in range(60):
            user_id = (ADA, GRACE)[number % 2]
            server.change(user_id)
            until(lambda: client.memory.feed.lease.position == server.feed.position)
            told[user_id] = server.versions[user_id]
            enough = client.memory.hits + 20
            until(lambda enough=enough: client.memory.hits > enough)  # type: ignore[misc]
        ended.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_closed_client_remembers_nothing_and_watches_nothing(
    server: RememberingServer, connect: Connect
) -> None:
    with closing(connect, server) as client:
        remember(server, client, TOKEN)
    assert client.memory.entries == 0
    assert client.memory.lease_seconds_left <= 0
    until(lambda: server.feed.streams == 0)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("getme")]


def test_closing_does_not_wait_for_a_server_that_is_silent(
    server: RememberingServer, connect: Connect
) -> None:
    with closing(connect, server):
        server.feed.is_silent = True
        began = time.monotonic()
    assert time.monotonic() - began < SECONDS / 10


def test_closed_client_says_so_even_where_it_remembered(server: RememberingServer) -> None:
    with closing(getme.Client, server) as client:
        remember(server, client, TOKEN)
    with pytest.raises(getme.Unavailable, match="closed"):
        client.get_me(TOKEN)


def test_client_that_is_dropped_stops_watching(server: RememberingServer) -> None:
    client = getme.Client(server.users.address)
    client.get_me(TOKEN)
    until(lambda: server.feed.streams == 1)
    del client
    until(lambda: server.feed.streams == 0)
