"""Which streams of WatchInvalidations a client has at which moment: when to ask, when to let go.

Does no I/O and reads no clock: `watcher.py` and `aio_watcher.py` do as it says.
"""

import random

from getme.feed import Feed, Stream
from getme.v1.user_service_pb2 import WatchInvalidationsResponse

# The moments of a stream are counted from its request on, by clocks that need not run equally fast.
REPLACE_SECONDS = 30.0
_LONGEST_SECONDS = 60.0
# What the start marker took is lost from each lease of its stream.
SLOW_MARKER_SECONDS = 0.2
# At least two messages come in a second. A connection that is frozen stays so for long.
SILENT_SECONDS = 2.0
UNSERVED_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
_SPREAD = random.Random()  # noqa: S311  # so that not all clients of a server come back at once


class Following:
    """Called by one thread at a time; `at` is the present moment of the caller's clock.

    One stream is followed, and during its replacement two.
    """

    def __init__(self, feed: Feed, *, at: float) -> None:
        self._feed = feed
        self._current: Stream | None = None  # has sent its start marker
        self._next: Stream | None = None  # was asked for
        self._open_at = at
        self._failures = 0
        self._slow_markers = 0
        self.needs_connection = True

    def due(self, *, at: float) -> Stream | None:
        """A stream to ask for now, if any.

        Where `needs_connection` is set, over a new connection: the one there was is let go, with
        its streams.
        """
        self._let_silent_go(at)
        if self._next is not None or at < self._open_at:
            return None
        self._next = self._feed.stream(asked_at=at)
        return self._next

    def follows(self, stream: Stream) -> bool:
        """Whether the stream is still wanted."""
        return stream is self._current or stream is self._next

    def message(self, stream: Stream, message: WatchInvalidationsResponse, *, at: float) -> bool:
        """Takes a message in; whether it changes what is due."""
        if at - stream.asked_at > _LONGEST_SECONDS:
            # Its successor does not come, and clocks of different speed have gone apart too far.
            if stream is self._current:
                self._current = None
            return True
        stream.take(message, at=at)
        if stream is not self._next:
            return False
        self._current, self._next = stream, None
        self._feed.served = True
        if at - stream.asked_at > SLOW_MARKER_SECONDS:
            pause = FIRST_PAUSE_SECONDS * 2.0 ** min(self._slow_markers, 16)
            self._slow_markers += 1
            self._open_at = at + min(pause, REPLACE_SECONDS)
        else:
            self._slow_markers = 0
            self._open_at = at + REPLACE_SECONDS
        return True

    def ended(self, stream: Stream, *, at: float, unserved: bool) -> None:
        """A stream came to its end. unserved: the server does not know the call."""
        if not self.follows(stream):
            return
        if stream is self._current:
            self._current = None
        else:
            self._next = None
        if self._next is not None:
            return
        if unserved:
            self._feed.served = False
            self._open_at = at + UNSERVED_SECONDS
        else:
            if at - stream.asked_at > REPLACE_SECONDS / 2:
                self._failures = 0
            self._pause(at)

    def wake_at(self) -> float:
        """When to look again at what is due."""
        moments = [
            stream.heard_at + SILENT_SECONDS
            for stream in (self._current, self._next)
            if stream is not None
        ]
        if self._next is None:
            moments.append(self._open_at)
        return min(moments)

    def _let_silent_go(self, at: float) -> None:
        if self._next is not None and at - self._next.heard_at >= SILENT_SECONDS:
            self._next = None
            self.needs_connection = self._current is None
            self._pause(at)
        if self._current is not None and at - self._current.heard_at >= SILENT_SECONDS:
            self._current = self._next = None
            self.needs_connection = True
            self._open_at = at

    def _pause(self, at: float) -> None:
        longest = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures, 16), LONGEST_PAUSE_SECONDS)
        self._failures += 1
        self._open_at = at + longest * _SPREAD.uniform(0.75, 1.0)
