"""The invalidations of a scripted UserService: an honest log, until a test says otherwise."""

import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from google.protobuf.duration_pb2 import Duration

from getme.v1.user_service_pb2 import WatchInvalidationsRequest, WatchInvalidationsResponse

HEARTBEAT_SECONDS = 0.05


class ScriptedFeed:
    """Tells each stream what changed since what its request named.

    frozen_at: a moment of time.monotonic after which nothing is known, though messages still come.
    is_silent: nothing is sent any more, and streams stay open.
    """

    def __init__(self) -> None:
        self.log_id = "log-1"
        self.position = 5
        self.requests: list[WatchInvalidationsRequest] = []
        self.peers: list[str] = []
        self.streams = 0
        self.frozen_at: float | None = None
        self.is_silent = False
        self._changes: list[tuple[int, bytes]] = []
        self._gap_at = 0
        self._ended = 0  # streams up to this number have ended
        self._changed = threading.Condition()

    def change(self, user_id: str) -> None:
        """Something about a user has changed."""
        with self._changed:
            self.position += 1
            self._changes.append((self.position, UUID(user_id).bytes))
            self._changed.notify_all()

    def gap(self) -> None:
        """Nobody knows any more what has changed."""
        with self._changed:
            self.position += 1
            self._gap_at = self.position
            self._changed.notify_all()

    def replace_log(self, log_id: str) -> None:
        """The store has another log now."""
        with self._changed:
            self.log_id, self.position, self._changes, self._gap_at = log_id, 1, [], 0
            self._changed.notify_all()

    def end_streams(self) -> None:
        """All streams of now end."""
        with self._changed:
            self._ended = len(self.requests)
            self._changed.notify_all()

    def watch(
        self, request: WatchInvalidationsRequest, context: Any
    ) -> Iterator[WatchInvalidationsResponse]:
        """One stream."""
        asked_at = time.monotonic()
        with self._changed:
            self.requests.append(request)
            self.peers.append(context.peer())
            number = len(self.requests)
            self.streams += 1
        context.add_callback(self._stream_has_ended)
        log_id, position = request.log_id, request.position
        while True:
            with self._changed:
                if self._ended >= number or not context.is_active():
                    return
                message = self._message(asked_at, log_id, position)
                silent = self.is_silent
            if not silent:
                yield message
                log_id, position = message.log_id, message.position
            with self._changed:
                self._changed.wait_for(
                    lambda said=(log_id, position): (
                        said != (self.log_id, self.position)  # type: ignore[misc]
                        or self._ended >= number
                        or not context.is_active()
                    ),
                    HEARTBEAT_SECONDS,
                )

    def _message(self, asked_at: float, log_id: str, position: int) -> WatchInvalidationsResponse:
        moment = time.monotonic() if self.frozen_at is None else self.frozen_at
        known_until = Duration()
        known_until.FromNanoseconds(int((moment - asked_at) * 1e9))
        return WatchInvalidationsResponse(
            log_id=self.log_id,
            position=self.position,
            gap=log_id == self.log_id and self._gap_at > position,
            user_ids=[user for at, user in self._changes if at > position],
            known_until=known_until,
        )

    def _stream_has_ended(self) -> None:
        with self._changed:
            self.streams -= 1
            self._changed.notify_all()
