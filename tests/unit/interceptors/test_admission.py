"""Over the limit calls are refused at once, others still answer, and the count comes to zero."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import grpc
import pytest

from getme.v1.user_pb2 import PublicUser
from getme.v1.user_service_pb2 import GetUserResponse
from getme_server.interceptors.admission import CallPool
from tests.unit.interceptors.serving import SECONDS, Running, serve
from tests.waiting import until

MAX_CALLS = 2


class Blocked:
    """A servicer method that waits until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.ran = 0

    def __call__(self, _request: Any, _context: Any) -> GetUserResponse:
        """Waits, then answers."""
        self.ran += 1
        assert self.released.wait(10)
        return GetUserResponse()


def health(_request: Any, _context: Any) -> GetUserResponse:
    return GetUserResponse()


health.experimental_thread_pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]  # as Health


def stream(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield GetUserResponse()


def _thread_name(_request: Any, _context: Any) -> GetUserResponse:
    return GetUserResponse(user=PublicUser(firstname=threading.current_thread().name))


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def _niceness_of_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as inner:
        return inner.submit(_niceness).result(SECONDS)


@pytest.fixture
def blocked() -> Blocked:
    return Blocked()


@pytest.fixture
def server(blocked: Blocked) -> Iterator[Running]:
    """One thread, two calls at most."""
    behaviours: dict[str, Any] = {"unary": blocked, "unary_health": health, "stream": stream}
    with serve(behaviours, threads=1, max_calls=MAX_CALLS) as running:
        yield running
        blocked.released.set()


def saturate(server: Running, blocked: Blocked) -> list[Any]:
    """One call running and one waiting; to be held, because grpc cancels what nobody holds."""
    running = server.begin()
    assert until(lambda: blocked.ran == 1, SECONDS)
    waiting = server.begin()
    assert until(lambda: server.pool.under_way == MAX_CALLS, SECONDS)
    return [running, waiting]


def test_call_over_the_limit_is_refused_at_once_and_may_come_again(
    server: Running, blocked: Blocked
) -> None:
    calls = saturate(server, blocked)
    for _ in range(3):
        refusal = server.refused()
        assert (refusal.code, refusal.reason) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "OVERLOADED",
        )
        assert refusal.details["RetryInfo"].retry_delay.seconds == 1
    blocked.released.set()
    assert [call.result() for call in calls] == [b"", b""]
    assert until(lambda: server.pool.under_way == 0, SECONDS)
    assert server.call() == [b""]
    assert blocked.ran == MAX_CALLS + 1


def test_method_with_threads_of_its_own_is_answered_while_all_others_are_refused(
    server: Running, blocked: Blocked
) -> None:
    calls = saturate(server, blocked)
    assert server.call("unary_health") == [b""]
    assert server.refused().reason == "OVERLOADED"
    assert not any(call.done() for call in calls)


def test_full_pool_of_its_own_refuses_its_method_and_no_other(blocked: Blocked) -> None:
    behaviours: dict[str, Any] = {"unary": health, "unary_sign_in": blocked}
    with (
        CallPool(1, max_calls=1, thread_name_prefix="password") as own,
        serve(behaviours, pools={"unary_sign_in": own}) as server,
    ):
        call = server.begin("unary_sign_in")
        assert until(lambda: own.under_way == 1, SECONDS)
        assert server.refused("unary_sign_in").reason == "OVERLOADED"
        assert server.call("unary") == [b""]
        blocked.released.set()
        assert call.result() == b""
        assert until(lambda: own.under_way == 0, SECONDS)
        assert server.call("unary_sign_in") == [b""]


def test_full_common_pool_lets_a_method_with_a_pool_of_its_own_in(blocked: Blocked) -> None:
    behaviours: dict[str, Any] = {"unary": blocked, "unary_sign_in": _thread_name}
    with (
        CallPool(1, max_calls=1, thread_name_prefix="password") as own,
        serve(behaviours, threads=1, max_calls=1, pools={"unary_sign_in": own}) as server,
    ):
        call = server.begin("unary")
        assert until(lambda: blocked.ran == 1, SECONDS)
        assert server.refused("unary").reason == "OVERLOADED"
        (answer,) = server.call("unary_sign_in")
        assert GetUserResponse.FromString(answer).user.firstname.startswith("password")
        blocked.released.set()
        assert call.result() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="priorities are of threads on Linux alone")
def test_threads_of_a_nice_pool_and_those_that_they_start_stand_behind_the_others() -> None:
    before = _niceness()
    told: SimpleQueue[int] = SimpleQueue()
    with CallPool(1, max_calls=1, niceness=7) as nice, CallPool(1, max_calls=1) as usual:
        for pool, niceness in (
            (nice, _niceness),
            (nice, _niceness_of_a_new_thread),
            (usual, _niceness),
        ):
            pool.submit(_tell, told, niceness)
            assert told.get(timeout=SECONDS) == min(19, before + (7 if pool is nice else 0))
    assert _niceness() == before


def test_pool_runs_calls_where_priorities_may_not_be_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_arguments: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden)
    with CallPool(1, max_calls=1, niceness=7) as pool:
        told: SimpleQueue[str] = SimpleQueue()
        pool.submit(told.put, "answered")
        assert told.get(timeout=SECONDS) == "answered"


def test_method_that_does_not_exist_is_unimplemented_even_over_the_limit(
    server: Running, blocked: Blocked
) -> None:
    calls = saturate(server, blocked)
    assert server.refused("unary_nowhere").code is grpc.StatusCode.UNIMPLEMENTED
    assert not any(call.done() for call in calls)


def test_waiting_call_that_expires_is_counted_off(server: Running, blocked: Blocked) -> None:
    running = server.begin()
    assert until(lambda: blocked.ran == 1, SECONDS)
    waiting = server.begin(timeout=0.05)
    assert waiting.exception().code() is grpc.StatusCode.DEADLINE_EXCEEDED
    blocked.released.set()
    assert running.result() == b""
    assert until(lambda: server.pool.under_way == 0, SECONDS)


def test_waiting_call_that_is_cancelled_is_counted_off(server: Running, blocked: Blocked) -> None:
    running, waiting = saturate(server, blocked)
    waiting.cancel()
    blocked.released.set()
    assert running.result() == b""
    assert until(lambda: server.pool.under_way == 0, SECONDS)


def test_running_call_that_is_cancelled_counts_until_its_thread_is_free(
    server: Running, blocked: Blocked
) -> None:
    calls = saturate(server, blocked)
    for call in calls:
        call.cancel()
    assert server.pool.under_way == MAX_CALLS
    assert server.refused().reason == "OVERLOADED"
    blocked.released.set()
    assert until(lambda: server.pool.under_way == 0, SECONDS)


def test_calls_that_fail_are_counted_off() -> None:
    def crash(_request: Any, _context: Any) -> GetUserResponse:
        raise RuntimeError

    def stream_crash(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
        yield GetUserResponse()
        raise RuntimeError

    with serve({"unary": crash, "stream": stream_crash}) as server:
        for _ in range(5):
            assert server.refused("unary").reason == "INTERNAL"
            assert server.refused("stream").reason == "INTERNAL"
        assert until(lambda: server.pool.under_way == 0, SECONDS)


def _tell(told: "SimpleQueue[int]", ask: Callable[[], int]) -> None:
    told.put(ask())
