"""Answers of GetMe that a client remembers, by the whole token that they were given for.

Both forms of the client use it. It does no I/O. What may be used, and for how long, say the lease
of the feed (`lease.py`) and the answer's own Freshness.
"""

from collections.abc import Hashable
from datetime import timedelta
from threading import Lock
from typing import Any, Final
from uuid import UUID

from google.protobuf.duration_pb2 import Duration

from getme.cache import Cache
from getme.clock import Clock, now
from getme.errors import Error, NotFound, PermissionDenied, Unauthenticated
from getme.feed import Feed, seconds_of
from getme.lease import Lease
from getme.own_writes import OwnWrites
from getme.subject import subject_of
from getme.user import User, user_of
from getme.v1.user_service_pb2 import GetMeRequest, GetMeResponse

DEFAULT_CACHE_BYTES = 64 * 1024 * 1024
# An answer that was longer under way than this may tell what is no longer so: the promise is a
# second, of which the server's own lease has taken 0.75.
PROMPT_SECONDS = 0.25

# Measured: the message takes 0.8 kB and 5/4 of its bytes, the user as much again, the rest 0.4 kB.
_OVERHEAD_BYTES = 2_000
_BYTES_PER_BYTE = 3

# The rest says nothing about the caller: no connection, no time, too many calls.
_REFUSALS = (Unauthenticated, PermissionDenied, NotFound)

OwnWrite = tuple[Hashable, ...]

_NEVER: Final[Lease[bytes]] = Lease(0.0)


class Remembered:
    """An answer of GetMe, and what decides until when it may be used from memory.

    extra: a place for what the caller makes of the answer, to be kept as long; the bytes of memory
    do not count it.
    """

    __slots__ = (
        "_user",
        "ends",
        "extra",
        "lease",
        "log_position",
        "position",
        "read_at",
        "response",
        "user_key",
        "weight",
    )

    def __init__(self, response: GetMeResponse) -> None:
        self.response = response
        self.extra: Any = None
        self.user_key = b""
        self.lease = _NEVER
        self.position = 0  # in the log, of which all up to it is in the answer
        self.log_position = 0  # the same as its server said, maybe ahead of what was told here
        self.read_at = float("-inf")
        self.ends = float("-inf")
        self.weight = 0
        self._user: User | None = None

    @property
    def user(self) -> User:
        """The answer as a plain value."""
        user = self._user
        if user is None:
            user = self._user = user_of(self.response)
        return user

    def is_usable(self, at: float) -> bool:
        """Whether it may be used at the present moment."""
        return at < self.ends and self.lease.covers(self.user_key, self.position, at=at)


class Asking:
    """One call of GetMe: what is sent, and since when."""

    __slots__ = ("asked_at", "request", "token")

    def __init__(self, token: str, request: GetMeRequest, asked_at: float) -> None:
        self.token = token
        self.request = request
        self.asked_at = asked_at


class Memory:
    """Safe for many threads; one thread at a time may write the feed.

    hits: answers from memory. misses: calls that asked the server. Both may miss a few where many
    threads count at once.
    """

    def __init__(self, feed: Feed, max_bytes: int, *, clock: Clock = now) -> None:
        self.feed = feed
        self.hits = 0
        self.misses = 0
        self._clock = clock
        self._cache: Cache[str, Remembered] = Cache(max_bytes, _weigh)
        self._get = self._cache.get
        self._mutex = Lock()  # makes keeping and forgetting one step with looking at own writes
        self._own_writes = OwnWrites()
        self._written = self._own_writes.concern

    @property
    def entries(self) -> int:
        """How many answers it holds, usable or not."""
        return self._cache.entries

    @property
    def size_bytes(self) -> int:
        """How much memory they take, roughly."""
        return self._cache.bytes

    @property
    def lease_seconds_left(self) -> float:
        """For how long memory may be used if nothing is heard; 0 or less: it may not."""
        return self.feed.lease.ends - self._clock()

    @property
    def invalidations(self) -> int:
        """How many users the feed told to be void, each gap counted as one."""
        return self.feed.invalidations

    def recall(self, token: str, max_staleness: timedelta | None = None) -> Remembered | None:
        """The answer for a token that may be used now. The way of every hit: kept short."""
        entry = self._get(token)
        if entry is None:
            return None
        at = self._clock()
        if (
            at >= entry.ends
            or not entry.lease.covers(entry.user_key, entry.position, at=at)
            or self._written(entry.user_key, asked_at=at)
            or not (max_staleness is None or _is_fresh(entry, max_staleness, at))
        ):
            return None
        self.hits += 1
        return entry

    def ask(self, token: str, request: GetMeRequest) -> Asking:
        """A call for what is not remembered, which begins now.

        request: what the caller would ask; after an own write the store is read for it.
        """
        self.misses += 1
        at = self._clock()
        sent = GetMeRequest()
        sent.CopyFrom(request)
        sent.remember = True
        entry = self._get(token)
        user_key = b"" if entry is None else entry.user_key
        if self._is_written(token, user_key, asked_at=at):
            sent.max_staleness.CopyFrom(Duration())
        return Asking(token, sent, at)

    def ask_again(self, asking: Asking) -> Asking:
        """The same call once more, for what the store has by now."""
        self.misses += 1
        sent = GetMeRequest()
        sent.CopyFrom(asking.request)
        sent.max_staleness.CopyFrom(Duration())
        return Asking(asking.token, sent, self._clock())

    def keep(self, asking: Asking, response: GetMeResponse) -> Remembered:
        """The answer, remembered if it may be."""
        answer = Remembered(response)
        if self._date(answer, asking):
            with self._mutex:
                if not self._is_written(
                    asking.token, answer.user_key, asked_at=asking.asked_at
                ) and not self._knows_better(asking.token, answer):
                    self._cache.put(asking.token, answer)
        return answer

    def refused(self, asking: Asking, error: Error) -> None:
        """The server gave no answer. Where it said why, what it said before is void."""
        if isinstance(error, _REFUSALS):
            with self._mutex:
                self._cache.forget(asking.token)

    def must_ask_again(self, asking: Asking, answer: Remembered) -> bool:
        """Whether an answer that has just come may tell what is no longer so.

        A connection that was frozen delivers late what was true before. And only now it is known
        whose answer it is: it may be of a user who has just changed something by another token.
        """
        at = self._clock()
        is_late = at - asking.asked_at > PROMPT_SECONDS and self.feed.served
        if is_late and not answer.is_usable(at):
            return True
        return not _reads_store(asking.request) and self._is_written(
            asking.token, answer.user_key, asked_at=asking.asked_at
        )

    def write_begins(self, token: str | None, *, changed_user: bytes | None = None) -> OwnWrite:
        """Something is about to be changed; to be handed to `write_ended`.

        token: the access token that it is changed with, if any. changed_user: whose account it is
        besides, where something else says so.
        """
        keys: OwnWrite = () if changed_user is None else (changed_user,)
        with self._mutex:
            if token is not None:
                entry = self._cache.get(token)
                self._cache.forget(token)
                # The user may be remembered by another token only.
                user_key = subject_of(token) if entry is None else entry.user_key
                keys = (hash(token), *({user_key, changed_user} - {None}))
            self._own_writes.begin(keys)
        return keys

    def write_ended(self, write: OwnWrite) -> None:
        """The change was made, or was not, or nobody knows."""
        with self._mutex:
            self._own_writes.end(write, at=self._clock())

    def clear(self) -> None:
        """Remembers nothing."""
        with self._mutex:
            self._cache.clear()

    def _is_written(self, token: str, user_key: bytes, *, asked_at: float) -> bool:
        return self._written(hash(token), asked_at=asked_at) or self._written(
            user_key, asked_at=asked_at
        )

    def _date(self, answer: Remembered, asking: Asking) -> bool:
        """Says of an answer until when it may be used; False where it may not."""
        try:
            answer.user_key = UUID(answer.response.user.user_id).bytes
        except ValueError:
            return False  # not even a user
        log_id, lease = self.feed.known
        freshness = answer.response.freshness  # all empty where there is none
        if not log_id or freshness.log_id != log_id:
            return False
        answer.lease = lease
        answer.log_position = freshness.position
        # Who answered may be ahead of what this client was told: it will be told the rest.
        answer.position = min(freshness.position, lease.position)
        answer.read_at = asking.asked_at - seconds_of(freshness.age)
        answer.ends = asking.asked_at + seconds_of(freshness.usable_for)
        answer.weight = (
            len(asking.token) + _BYTES_PER_BYTE * answer.response.ByteSize() + _OVERHEAD_BYTES
        )
        return True

    def _knows_better(self, token: str, answer: Remembered) -> bool:
        known = self._cache.get(token)
        return (
            known is not None
            and known.lease is answer.lease
            and known.log_position > answer.log_position
            and known.read_at >= answer.read_at  # else the store was read for the caller, later
        )


def _is_fresh(entry: Remembered, max_staleness: timedelta, at: float) -> bool:
    seconds = max_staleness.total_seconds()
    return seconds > 0 and entry.read_at >= at - seconds


def _reads_store(request: GetMeRequest) -> bool:
    return request.HasField("max_staleness") and request.max_staleness == Duration()


def _weigh(_token: str, answer: Remembered) -> int:
    return answer.weight
