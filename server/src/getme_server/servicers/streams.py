"""Streams that are told things for as long as somebody listens, and that hold no thread.

grpcio calls a handler that is marked as non-blocking with a `send`, which may be called later. One
thread sends to all streams of a kind, and waits for none of them (`sending`). A stream has at most
one message under way, made when it is sent, from what is known by then; and one whose message is
not taken within CUT_OFF_SECONDS is cut off. Nothing is kept for a slow reader.

Nothing is sent under a lock, and grpcio's own thread, which says that a message is taken and that
a stream is over, never waits for one that sends: each would wait for the other
(https://github.com/grpc/grpc/pull/43403).
"""

import math
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import grpc

from getme.clock import now
from getme_server.errors import Overloaded
from getme_server.servicers.sending import send_unwaited

CUT_OFF_SECONDS = 1.0
MAX_STREAMS = 10_000  # of a kind, in a process: 22 KiB each

Send = Callable[[Any], None]


class Stream:
    """One listener. What it has been told, subclasses know."""

    def __init__(self, context: grpc.ServicerContext, send: Send) -> None:
        self.context = context
        self.end_with = send
        self.is_due = True  # it waits for its turn to be sent something, or is sent it
        self.is_made = False  # what it is sent: what comes now is not in it
        self.is_due_again = False  # something has come since
        self.sending_since = math.inf

    def end(self) -> None:
        """Ends it as the server's end does."""
        self.context.set_code(grpc.StatusCode.UNAVAILABLE)
        self.context.set_details("the server stops")
        self.end_with(None)  # the status alone, which grpcio does not wait for


S = TypeVar("S", bound=Stream)


class Streams(Generic[S]):
    """All streams of a kind in one process.

    message: what a stream is to be told now, which then counts as told; None where it knows all.
    """

    def __init__(self, name: str, message: Callable[[S], bytes | None]) -> None:
        self._name = name
        self._message = message
        self._mutex = threading.Lock()
        self._streams: set[S] = set()
        self._turns: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._is_ended = False
        threading.Thread(target=self._take_turns, name=name, daemon=True).start()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._streams)

    def begin(self, stream: S) -> None:
        """Tells a new stream what there is, and whatever comes. Raises Overloaded."""
        with self._mutex:
            if len(self._streams) >= MAX_STREAMS:
                raise Overloaded(f"there are too many streams of {self._name}")
            is_ended = self._is_ended
            if not is_ended:
                self._streams.add(stream)
                self._turns.put(partial(self._send, stream))
        if is_ended:  # clients come back at once when their stream has ended
            stream.end()
        elif not stream.context.add_callback(lambda: self._forget(stream)):
            self._forget(stream)

    def tell(self, is_due: Callable[[S], bool]) -> None:
        """There may be something to tell to those that are due; cuts off those who do not read."""
        at = now()
        slow = []
        with self._mutex:
            for stream in self._streams:
                # Who only waits for a turn is not to blame for those that it waits for.
                if at - stream.sending_since > CUT_OFF_SECONDS:
                    slow.append(stream)
                elif is_due(stream):
                    if stream.is_made:
                        stream.is_due_again = True
                    elif not stream.is_due:
                        stream.is_due = True
                        self._turns.put(partial(self._send, stream))
            self._streams.difference_update(slow)
        for stream in slow:
            stream.context.cancel()

    def drain(self) -> None:
        """Ends all streams; others may come."""
        with self._mutex:
            slow = self._let_go()
        for stream in slow:
            stream.context.cancel()

    def end(self) -> None:
        """Ends all streams, and takes no more."""
        with self._mutex:
            self._is_ended = True
        self.drain()
        self._turns.put(None)

    def _take_turns(self) -> None:
        while (turn := self._turns.get()) is not None:
            turn()

    def _send(self, stream: S) -> None:
        stream.is_made = True  # first: what comes while it is made makes it due again
        message = self._message(stream)
        if message is None:
            self._rest(stream)
            return
        stream.sending_since = now()
        if not send_unwaited(stream.context, message, partial(self._taken, stream)):
            self._rest(stream)

    def _taken(self, stream: S) -> None:
        """On grpcio's own thread: without a lock."""
        stream.sending_since = math.inf  # now: it is not to blame for those who have turns before
        self._turns.put(partial(self._rest, stream))

    def _rest(self, stream: S) -> None:
        with self._mutex:
            stream.is_made = False
            stream.is_due, stream.is_due_again = stream.is_due_again, False
            if stream.is_due:
                self._turns.put(partial(self._send, stream))

    def _let_go(self) -> list[S]:
        """Forgets all streams, under the mutex, and ends them after what they are still told.

        Those that are to be cut off by who calls: they would hold up a stop for its grace.
        """
        at = now()
        slow = []
        for stream in self._streams:
            if at - stream.sending_since > CUT_OFF_SECONDS:
                slow.append(stream)
            else:
                self._turns.put(stream.end)
        self._streams.clear()
        return slow

    def _forget(self, stream: S) -> None:
        with self._mutex:
            self._streams.discard(stream)
