"""A stream that holds no thread ends once, when it is over, and with the code that it ends with."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from getme.v1.user_service_pb2 import GetUserResponse
from getme_server.accounts.errors import StoreUnavailable
from getme_server.call import status_code
from getme_server.interceptors.call_observer import CallObserver
from getme_server.interceptors.errors import ErrorTranslation
from tests.unit.interceptors.serving import GOOD_REQUEST, SECONDS, SERVICE, Running, serve
from tests.waiting import until

Send = Callable[[GetUserResponse | None], None]


class Ends(CallObserver):
    """Keeps method, code and seconds of each end."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, float]] = []

    def _ends(self, context: grpc.ServicerContext, method_name: str, seconds: float) -> None:
        self.seen.append((method_name.rpartition("/")[2], status_code(context).name, seconds))


class Streams:
    """Behaviours that hold no thread. ending: has those that wait end."""

    def __init__(self) -> None:
        self.ending = threading.Event()

    def waits(self, _request: Any, context: grpc.ServicerContext, send: Send) -> None:
        """Ends later."""

        def end() -> None:
            self.ending.wait()
            _end(context, send)

        threading.Thread(target=end).start()
        send(GetUserResponse())


def _end(context: grpc.ServicerContext, send: Send) -> None:
    context.set_code(grpc.StatusCode.UNAVAILABLE)
    send(None)


def ends_at_once(_request: Any, context: grpc.ServicerContext, send: Send) -> None:
    _end(context, send)


def is_refused(_request: Any, _context: grpc.ServicerContext, _send: Send) -> None:
    raise StoreUnavailable("x")


def unthreaded(behaviour: Callable[..., None]) -> Callable[..., None]:
    """Behaviour with grpcio's mark."""

    def marked(request: Any, context: grpc.ServicerContext, send: Send) -> None:
        behaviour(request, context, send)

    marked.experimental_non_blocking = True  # type: ignore[attr-defined]  # grpcio's mark
    return marked


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture
def streams() -> Iterator[Streams]:
    streams = Streams()
    yield streams
    streams.ending.set()


@pytest.fixture
def server(ends: Ends, streams: Streams) -> Iterator[Running]:
    behaviours = {
        "stream_waits": unthreaded(streams.waits),
        "stream_ends_at_once": unthreaded(ends_at_once),
        "stream_is_refused": unthreaded(is_refused),
    }
    with serve(behaviours, [ends, ErrorTranslation()]) as server:
        yield server


def watch(server: Running) -> Any:
    """A stream that has begun."""
    call: grpc.UnaryStreamMultiCallable[bytes, bytes]
    call = server.channel.unary_stream(f"/{SERVICE}/stream_waits")
    stream: Any = call(GOOD_REQUEST, timeout=SECONDS)
    next(stream)
    return stream


def test_a_stream_that_the_server_ends(server: Running, ends: Ends, streams: Streams) -> None:
    begun = watch(server)
    assert ends.seen == []
    streams.ending.set()
    with pytest.raises(grpc.RpcError):
        next(begun)
    assert until(lambda: len(ends.seen) > 0)
    ((method, code, _),) = ends.seen
    assert (method, code) == ("stream_waits", "UNAVAILABLE")


def test_a_stream_that_its_caller_leaves(server: Running, ends: Ends) -> None:
    first, second = watch(server), watch(server)
    second.cancel()
    assert until(lambda: len(ends.seen) == 1)
    first.cancel()
    assert until(lambda: len(ends.seen) == 2)
    assert [code for _, code, _ in ends.seen] == ["CANCELLED"] * 2
    assert ends.seen[0][2] < ends.seen[1][2]


@pytest.mark.parametrize("method", ["stream_ends_at_once", "stream_is_refused"])
def test_a_stream_that_is_over_before_it_has_begun(
    server: Running, ends: Ends, method: str
) -> None:
    for _ in range(20):
        assert server.refused(method).code is grpc.StatusCode.UNAVAILABLE
    assert until(lambda: len(ends.seen) >= 20)
    watch(server).cancel()
    assert until(lambda: ends.seen[-1][0] == "stream_waits")
    assert [(name, code) for name, code, _ in ends.seen[:-1]] == [(method, "UNAVAILABLE")] * 20
