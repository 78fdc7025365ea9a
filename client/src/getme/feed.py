"""What a client knows of the log of changes, from the streams of WatchInvalidations it follows.

Why two streams may be followed at once, of different workers and in any order: each tells all that
changed since what its own request named, and that was known here when the request was sent. So
once a message of it has been taken, all is known up to its moment, whatever the other has told.
A stream whose request named nothing, or another log, has told nothing of what came before it: what
was remembered until then is void, though the other stream may know better.

Does no I/O and reads no clock.
"""

from collections.abc import Callable

from google.protobuf.duration_pb2 import Duration

from getme.lease import Lease
from getme.v1.user_service_pb2 import WatchInvalidationsRequest, WatchInvalidationsResponse

# How long after a moment up to which all is known memory may be used. The rest of the second of
# the promise is for the way of an answer to its caller.
LEASE_SECONDS = 0.9


class Feed:
    """Written by one thread at a time, and read by any without a lock.

    known: the ID of the log, empty while none is known, and what its followers may rely on. The
    lease is another object for each log: what was remembered under one is void under the next.
    served: whether the server can tell invalidations at all, as far as is known. invalidations:
    how many users were told, and how many gaps. on_lag: called at each message with the age of
    what it told, seconds.
    """

    def __init__(self, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._lease_seconds = lease_seconds
        self.known: tuple[str, Lease[bytes]] = ("", Lease(lease_seconds))
        self.served = True
        self.invalidations = 0
        self.on_lag: Callable[[float], None] | None = None

    @property
    def log_id(self) -> str:
        """The log that is known; empty while none is."""
        return self.known[0]

    @property
    def lease(self) -> Lease[bytes]:
        """What is known of that log."""
        return self.known[1]

    def stream(self, *, asked_at: float) -> "Stream":
        """A stream that is about to be asked for."""
        return Stream(self, asked_at)

    def end(self) -> None:
        """Nothing that is remembered may be used any more."""
        self.known[1].end()
        self.known = ("", Lease(self._lease_seconds))

    def take(
        self, message: WatchInvalidationsResponse, *, told_before: str, renewed: float
    ) -> None:
        """Takes a message in.

        told_before: the log that its stream, or else its request, named last. renewed: up to when
        all is known by it.
        """
        log_id, lease = self.known
        position = message.position
        is_gap = message.gap or message.log_id != told_before
        if message.log_id != log_id:
            lease.end()
            lease = Lease(self._lease_seconds)
            lease.gap(position)
            self.known = (message.log_id, lease)
        elif is_gap:
            lease.gap(position)
        self.invalidations += len(message.user_ids) + is_gap
        lease.changed(position, message.user_ids)
        lease.renew(renewed)


class Stream:
    """One stream of WatchInvalidations, from its request on.

    asked_at: a moment before the request was sent. heard_at: when its last message came.
    """

    def __init__(self, feed: Feed, asked_at: float) -> None:
        log_id, lease = feed.known
        self.asked_at = asked_at
        self.heard_at = asked_at
        self.request = WatchInvalidationsRequest(log_id=log_id, position=lease.position)
        self._feed = feed
        self._log_id = log_id

    def take(self, message: WatchInvalidationsResponse, *, at: float) -> None:
        """Takes the next message in, at the present moment."""
        self.heard_at = at
        # No server knows what comes: one whose clock runs ahead lengthens no lease.
        known_until = min(self.asked_at + seconds_of(message.known_until), at)
        self._feed.take(message, told_before=self._log_id, renewed=known_until)
        self._log_id = message.log_id
        if self._feed.on_lag is not None:
            self._feed.on_lag(at - known_until)


def seconds_of(duration: Duration) -> float:
    """A duration of the contract in seconds."""
    return duration.seconds + duration.nanos * 1e-9
