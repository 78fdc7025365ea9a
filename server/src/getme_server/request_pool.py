"""Threads that are given a call once its request is there.

grpcio gives a call to a thread with its headers, and the thread waits for the message: who sends
headers alone, as often as there are threads, over one connection and without a token, would hold
all of them for as long as it likes. Here the message is asked for first, and waited for by
grpcio's own thread, which waits for everything; that saves the other one a wait besides. What can
be answered without a wait for anything needs no thread at all. GetMe from memory took 167 us of CPU
where a thread waited for the message, 103 where it does not, and 107 without a thread (medians, one
run); beside 32 callers that read the store, a hit took 514 ms with a thread and 12 without.

Stands on what grpcio hands to a pool (grpc/_server.py of 1.85), which is no part of its interface.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog
from grpc import _server as grpcio
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # types-grpcio lacks it

_log = structlog.get_logger()

# Longer than the gateway waits for a body. A call is cut at the next look after that.
REQUEST_SECONDS = 5.0
_LOOK_SECONDS = 1.0
# Attribute of a behaviour: what may answer its calls on grpcio's own thread. It is given request
# and context, waits for nothing, and answers None where it has no answer.
AT_ONCE = "getme_answers_at_once"
_NO_FLAGS = 0
_ASK_AND_WAIT = 4  # which of the arguments is what waits for the request, by its name there


class _Submitted(Future[Any]):
    """What grpcio gets for a call: it asks for nothing but to be called back, to no end of ours.

    A real Future costs 5 us of the 100 that a call takes.
    """

    def __init__(self) -> None:
        """Makes none of what a Future is made of."""

    def add_done_callback(self, fn: Callable[[Future[Any]], object]) -> None:
        """Never calls back: grpcio only counts down what `maximum_concurrent_rpcs` would limit."""


_SUBMITTED = _Submitted()


class RequestPool(ThreadPoolExecutor):
    """The threads for calls of one kind. Holds none for a call whose request is not there.

    A call whose request has not come after REQUEST_SECONDS is cancelled. That is looked at when
    other calls come: without them, what it holds is in nobody's way.
    """

    def __init__(self, threads: int, thread_name_prefix: str) -> None:
        super().__init__(threads, thread_name_prefix)
        # By grpcio's one thread alone, which calls `submit` and what it is told of messages.
        self._awaited: dict[cygrpc.Call, float] = {}
        self._looked = time.monotonic()

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:  # type: ignore[override]
        """Runs a call on a thread of the pool. What it answers nobody learns."""
        if _has_one_request(args):
            self._await_request(fn, args)
        else:
            self.begin(fn, args)
        return _SUBMITTED

    def begin(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Runs a call now."""
        super().submit(fn, *args)

    def _await_request(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        answer, event, state, behaviour, ask_and_wait, read, write = args
        call = event.call
        received = grpcio._receive_message(state, call, read)  # noqa: SLF001

        def complete(message_event: cygrpc.BaseEvent) -> Any:
            del self._awaited[call]
            ending = received(message_event)
            request, state.request = state.request, None
            if request is None:
                if state.client is grpcio._CLOSED:  # noqa: SLF001  # grpcio says what is missing
                    self.begin(fn, (answer, event, state, behaviour, ask_and_wait, read, write))
            elif not _answered_at_once(event, state, behaviour, request):

                def request_if_awaited() -> Any:
                    """None where the caller has gone while the call waited for a thread."""
                    return request if grpcio._is_rpc_state_active(state) else None  # noqa: SLF001

                self.begin(fn, (answer, event, state, behaviour, request_if_awaited, read, write))
            return ending

        with state.condition:
            call.start_server_batch((cygrpc.ReceiveMessageOperation(_NO_FLAGS),), complete)
            state.due.add(grpcio._RECEIVE_MESSAGE_TOKEN)  # noqa: SLF001
        now = self._awaited[call] = time.monotonic()
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            self._cut(now - REQUEST_SECONDS)

    def _cut(self, before: float) -> None:
        """Cancels calls that have waited since before a moment; `complete` then forgets them."""
        for call, since in self._awaited.items():
            if since < before:
                call.cancel()


def _answered_at_once(event: Any, state: Any, behaviour: Any, request: bytes) -> bool:
    at_once = getattr(behaviour, AT_ONCE, None)
    if at_once is None or not grpcio._is_rpc_state_active(state):  # noqa: SLF001
        return False
    try:
        answer = at_once(request, grpcio._Context(event, state, None))  # noqa: SLF001
        if answer is not None:
            grpcio._status(event, state, answer)  # noqa: SLF001
    except Exception:  # noqa: BLE001  # the one thread that serves all must live on
        _log.exception("bug")
        return False
    return answer is not None


def _has_one_request(args: tuple[Any, ...]) -> bool:
    """Whether these are a call's that has one request, and not a stream of them."""
    return len(args) > _ASK_AND_WAIT and args[_ASK_AND_WAIT].__name__ == "unary_request"
