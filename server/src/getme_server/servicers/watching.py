"""WatchInvalidations: tells whose remembered answers are void, for as long as somebody listens."""

from typing import Protocol
from uuid import UUID

import grpc

from getme.clock import now
from getme.v1.user_service_pb2 import WatchInvalidationsRequest, WatchInvalidationsResponse
from getme_server.request_pool import RequestPool
from getme_server.servicers.messages import duration_message
from getme_server.servicers.streams import Send, Stream, Streams

HEARTBEAT_SECONDS = 0.4
_BEGINNERS = 4
_LONG_AGO_SECONDS = -3_600.0  # stands for never


class KnownLog(Protocol):
    """The log of changes as others are told of it: see `freshness.told_feed`."""

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
    """What this process knows of changes, as it is told on: ToldFeed."""

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


class _Watcher(Stream):
    """One stream. log_id and position: what it has been told."""

    def __init__(
        self, request: WatchInvalidationsRequest, context: grpc.ServicerContext, send: Send
    ) -> None:
        super().__init__(context, send)
        self.began = now()
        self.log_id = request.log_id
        self.position = request.position
        self.told = self.began  # when its last message was made


class Watching:
    """Serves the streams of one process. feed: asked for what to tell; it calls `tell`."""

    # The marks that grpcio looks for (grpc/_server.py): no stream holds a thread, and those that
    # begin streams are not those that answer calls.
    experimental_non_blocking = True

    def __init__(self, feed: Feed) -> None:
        self.experimental_thread_pool = RequestPool(_BEGINNERS, "watch")
        self._feed = feed
        # Who has changed between two places: most streams have been told as much as the others.
        self._changed: tuple[int, int, list[UUID] | None] = (0, 0, [])
        self._streams: Streams[_Watcher] = Streams("invalidations", self._message)

    @property
    def watchers(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    def __call__(
        self, request: WatchInvalidationsRequest, context: grpc.ServicerContext, send: Send
    ) -> None:
        """Begins a stream. Raises Overloaded."""
        self._streams.begin(_Watcher(request, context, send))

    def tell(self) -> None:
        """The feed has polled: changes are told at once, that it lives now and then."""
        at = now()
        log_id, offset = self._feed.known_log.log_id, self._feed.known_log.offset
        position = self._feed.place - offset

        def is_due(watcher: _Watcher) -> bool:
            return (
                at - watcher.told >= HEARTBEAT_SECONDS
                or watcher.position < position
                or watcher.log_id != log_id
            )

        self._streams.tell(is_due)

    def drain(self) -> None:
        """Ends all streams, so that those who can go elsewhere do; others may come back."""
        self._streams.drain()

    def end(self) -> None:
        """Ends all streams, and takes no more."""
        self._streams.end()

    def _message(self, watcher: _Watcher) -> bytes:
        """What a stream is to be told now; counts as told."""
        watcher.told = now()
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
        ).SerializeToString()

    def _changed_between(self, told: int, place: int) -> list[UUID] | None:
        if told == place:
            return []
        known_told, known_place, changed = self._changed
        if (known_told, known_place) != (told, place):
            changed = self._feed.changed_since(told)
            self._changed = (told, place, changed)
        return changed
