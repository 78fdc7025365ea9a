"""Follows WatchInvalidations for the client of threads: a daemon thread, and one a stream."""

from collections.abc import Callable, Iterable
from threading import Condition, Thread, current_thread

import grpc

from getme.clock import Clock, now
from getme.feed import Feed, Stream
from getme.following import Following
from getme.v1.user_service_pb2 import WatchInvalidationsResponse
from getme.v1.user_service_pb2_grpc import UserServiceStub

_JOIN_SECONDS = 1.0  # the threads end by themselves; nobody waits for one that does not


class Watcher:
    """Writes a feed until it is stopped.

    connect: opens a channel for the streams alone. One that calls share would freeze with them, and
    a late answer would then find a lease that ends as late.
    """

    def __init__(
        self, feed: Feed, connect: Callable[[], grpc.Channel], *, clock: Clock = now
    ) -> None:
        self._feed = feed
        self._connect = connect
        self._clock = clock
        self._following = Following(feed, at=clock())
        self._changed = Condition()
        self._is_stopped = False
        self._channel: grpc.Channel | None = None
        self._calls: dict[Stream, tuple[grpc.Call, Thread]] = {}
        self._thread = Thread(target=self._run, name="getme-watcher", daemon=True)

    def start(self) -> None:
        """Starts following."""
        self._thread.start()

    def stop(self) -> None:
        """Ends following at once; from here on nothing may be used from memory."""
        with self._changed:
            self._is_stopped = True
            self._feed.end()
            if self._channel is not None:
                self._channel.close()
            self._changed.notify_all()

    def join(self) -> None:
        """Waits until its threads have ended."""
        with self._changed:
            readers = [thread for _, thread in self._calls.values()]
        for thread in (self._thread, *readers):
            if thread is not current_thread():
                thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        with self._changed:
            while not self._is_stopped:
                stream = self._following.due(at=self._clock())
                if stream is not None:
                    self._open(stream)
                self._let_go()
                self._changed.wait(max(0.0, self._following.wake_at() - self._clock()))

    def _open(self, stream: Stream) -> None:
        if self._following.needs_connection or self._channel is None:
            if self._channel is not None:
                self._channel.close()
            self._channel = self._connect()
            self._following.needs_connection = False
        call = UserServiceStub(self._channel).WatchInvalidations(stream.request)
        thread = Thread(
            target=self._read, args=(stream, call), name="getme-watch-stream", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # no thread more, or the interpreter is about to exit
            call.cancel()
            self._following.ended(stream, at=self._clock(), unserved=False)
        else:
            self._calls[stream] = (call, thread)

    def _let_go(self) -> None:
        for stream, (call, _) in self._calls.items():
            if not self._following.follows(stream):
                call.cancel()

    def _read(self, stream: Stream, call: Iterable[WatchInvalidationsResponse]) -> None:
        unserved = False
        try:
            for message in call:
                with self._changed:
                    if self._is_stopped:
                        break
                    if self._following.message(stream, message, at=self._clock()):
                        self._changed.notify_all()
        except grpc.RpcError as ended:
            unserved = ended.code() is grpc.StatusCode.UNIMPLEMENTED
        with self._changed:
            del self._calls[stream]
            self._following.ended(stream, at=self._clock(), unserved=unserved)
            self._changed.notify_all()
