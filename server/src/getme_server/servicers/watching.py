"""WatchInvalidations: tells whose remembered answers are void, for as long as somebody listens.

A stream holds no thread: grpcio calls a handler that is marked as non-blocking with a `send`, which
may be called later. But `send` waits until the transport takes the message, so a caller who does
not read would hold whoever sends. So a few threads of their own send; a stream has at most one
message under way, made when it is sent, from what is known by then; and one that does not get rid
of it within CUT_OFF_SECONDS is ended. Nothing is kept for a slow reader.
"""

import math
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol
from uuid import UUID

import grpc

from getme.clock import now
from getme.v1.user_service_pb2 import WatchInvalidationsRequest, WatchInvalidationsResponse
from getme_server.errors import Overloaded
from getme_server.request_pool import RequestPool
from getme_server.servicers.messages import duration_message

HEARTBEAT_SECONDS = 0.4
CUT_OFF_SECONDS = 1.0
MAX_WATCHERS = 10_000
_SENDERS = 4
_BEGINNERS = 4
_LONG_AGO_SECONDS = -3_600.0  # stands for never

Send = Callable[[WatchInvalidationsResponse | None], None]


class KnownLog(Protocol):
    """The log of changes as others are told of it: see `freshness.change_feed`."""

    @property
    def log_id(self) -> str:
        """Its ID."""
        ...

    @property
    def offset(self) -> int:
        """What this process adds to its positions."""
        ...

    @property
    def begins(self) -> int:
        """The first place in this process that belongs to it."""
        ...


class Feed(Protocol):
    """What this process knows of changes: the part of ChangeFeed that is told on."""

    @property
    def known_log(self) -> KnownLog:
        """The log."""
        ...

    @property
    def place(self) -> int:
        """Up to where everything is known, in this process's numbers."""
        ...

    @property
    def polled(self) -> float:
        """A moment on the monotonic clock: all that was acknowledged before is known."""
        ...

    def changed_since(self, position: int) -> list[UUID] | None:
        """Who has changed after a place; None where that is not known any more."""
        ...


class _Watcher:
    """One stream. log_id and position: what it has been told."""

    def __init__(
        self, request: WatchInvalidationsRequest, context: grpc.ServicerContext, send: Send
    ) -> None:
        self.context = context
        self.send = send
        self.began = now()
        self.log_id = request.log_id
        self.position = request.position
        self.is_ending = False
        self.is_due = True  # it waits for its turn to be sent something, or is sent it
        self.sending_since = math.inf
        self.told = self.began  # when it became due for its last message


class Watching:
    """Serves the streams of one process. feed: asked for what to tell; it calls `tell`."""

    # The marks that grpcio looks for (grpc/_server.py): no stream holds a thread, and those that
    # begin streams are not those that answer calls.
    experimental_non_blocking = True

    def __init__(self, feed: Feed) -> None:
        self.experimental_thread_pool = RequestPool(_BEGINNERS, "watch")
        self._feed = feed
        self._mutex = threading.Lock()
        self._watchers: set[_Watcher] = set()
        self._due: SimpleQueue[_Watcher | None] = SimpleQueue()
        self._is_ended = False
        # Who has changed between two places: most streams have been told as much as the others.
        self._changed: tuple[int, int, list[UUID] | None] = (0, 0, [])
        for number in range(_SENDERS):
            threading.Thread(
                target=self._send_due, name=f"invalidations-{number}", daemon=True
            ).start()

    @property
    def watchers(self) -> int:
        """How many streams there are."""
        return len(self._watchers)

    def __call__(
        self, request: WatchInvalidationsRequest, context: grpc.ServicerContext, send: Send
    ) -> None:
        """Begins a stream. Raises Overloaded."""
        watcher = _Watcher(request, context, send)
        with self._mutex:
            if len(self._watchers) >= MAX_WATCHERS:
                raise Overloaded("too many watch for invalidations")
            is_ended = self._is_ended
            if not is_ended:
                self._watchers.add(watcher)
                self._due.put(watcher)
        if is_ended:
            _end(watcher)
        elif not context.add_callback(lambda: self._forget(watcher)):
            self._forget(watcher)

    def tell(self) -> None:
        """The feed has polled: changes are told at once, that it lives now and then."""
        at = now()
        log_id, offset = self._feed.known_log.log_id, self._feed.known_log.offset
        position = self._feed.place - offset
        slow = []
        with self._mutex:
            for watcher in self._watchers:
                if watcher.is_due:
                    # Who only waits for a turn is not to blame for those that it waits for.
                    if at - watcher.sending_since > CUT_OFF_SECONDS:
                        slow.append(watcher)
                elif (
                    at - watcher.told >= HEARTBEAT_SECONDS
                    or watcher.position < position
                    or watcher.log_id != log_id
                ):
                    watcher.is_due = True
                    watcher.told = at
                    self._due.put(watcher)
            self._watchers.difference_update(slow)
        for watcher in slow:
            watcher.context.cancel()

    def drain(self) -> None:
        """Ends all streams, so that those who can go elsewhere do; others may come back."""
        with self._mutex:
            idle = self._let_go()
        for watcher in idle:
            _end(watcher)

    def end(self) -> None:
        """Ends all streams, and takes no more."""
        with self._mutex:
            self._is_ended = True
            idle = self._let_go()
        for watcher in idle:
            _end(watcher)
        for _ in range(_SENDERS):
            self._due.put(None)

    def _send_due(self) -> None:
        while (watcher := self._due.get()) is not None:
            if watcher in self._watchers:
                watcher.sending_since = now()
                watcher.send(self._message(watcher))
                watcher.sending_since = math.inf
            with self._mutex:  # so that either this thread ends it or who lets it go
                watcher.is_due = False
                is_ending = watcher.is_ending
            if is_ending:
                _end(watcher)

    def _message(self, watcher: _Watcher) -> WatchInvalidationsResponse:
        """What a stream is to be told now; counts as told."""
        # In this order: what is known up to `polled` is in what is read after it.
        polled = self._feed.polled
        log_id, offset = self._feed.known_log.log_id, self._feed.known_log.offset
        place = self._feed.place
        changed = None
        if log_id == watcher.log_id:
            # Another worker, of which the caller has heard, may be ahead of this one.
            changed = self._changed_between(min(watcher.position + offset, place), place)
        watcher.log_id, watcher.position = log_id, place - offset
        return WatchInvalidationsResponse(
            log_id=log_id,
            position=watcher.position,
            gap=changed is None,
            user_ids=[user_id.bytes for user_id in changed or ()],
            known_until=duration_message(max(polled - watcher.began, _LONG_AGO_SECONDS)),
        )

    def _changed_between(self, told: int, place: int) -> list[UUID] | None:
        if told == place:
            return []
        known_told, known_place, changed = self._changed
        if (known_told, known_place) != (told, place):
            changed = self._feed.changed_since(told)
            self._changed = (told, place, changed)
        return changed

    def _let_go(self) -> list[_Watcher]:
        """Forgets all streams, under the mutex; those that are to be ended by who calls."""
        idle = [watcher for watcher in self._watchers if not watcher.is_due]
        for watcher in self._watchers:
            watcher.is_ending = True
        self._watchers.clear()
        return idle

    def _forget(self, watcher: _Watcher) -> None:
        with self._mutex:
            self._watchers.discard(watcher)


def _end(watcher: _Watcher) -> None:
    watcher.context.set_code(grpc.StatusCode.UNAVAILABLE)
    watcher.context.set_details("the server stops")
    watcher.send(None)
