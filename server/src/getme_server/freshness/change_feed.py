"""Follows the store's log of changes, and vouches for what this process remembers (`getme.lease`).

The lease of LEASE_SECONDS counts from the start of a poll, which sees all that was acknowledged
before. What is left of the contract's second is for the call that is being answered.

Besides, this server's own changes are on a board that all its workers share: who made one sees it
in the next call, whichever worker answers, and without a wait for the next poll.

Knows nothing of tokens, of gRPC and of what is remembered.
"""

import secrets
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from typing import NamedTuple
from uuid import UUID

import structlog

from getme.lease import Lease
from getme_server.accounts.errors import StoreUnavailable
from getme_server.change_log import Change, ChangeLog
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned
from getme_server.freshness.change_board import ChangeBoard
from getme_server.memory_metrics import MemoryFigures
from getme_server.tokens.revocation_check import NEVER_LOOKED

POLL_SECONDS = 0.08  # so that the slowest news are told within 0.1 s
LEASE_SECONDS = 0.75
BOARD_SECONDS = 0.02  # how often the board is looked at where no call does
_POLL_TIMEOUT_SECONDS = 0.5  # a poll that takes longer comes too late to be of use
_STOP_SECONDS = 2 * _POLL_TIMEOUT_SECONDS
# After so long without the store all is voided, and the entries of that time are not read: they may
# be more than a poll can take. (That they may have expired unseen is noticed however long it was.)
LONGEST_GAP_SECONDS = 60
_OWN_ID_BYTES = 4
_NEVER = float("-inf")

_log = structlog.get_logger()


class KnownLog(NamedTuple):
    """The log as others are told of it.

    log_id: of logs with equal IDs the positions can be compared, whoever tells them. offset: what
    is added to its positions in this process, where they only ever rise. begins: the first place in
    this process that belongs to it.
    """

    log_id: str
    offset: int
    begins: int = 0


class ChangeFeed:
    """Polls the log in a thread of its own, and whenever this server makes a change.

    clock: monotonic, seconds. The store numbers its entries without a hole, and may begin anew
    where it was replaced; the places that are told here only ever rise, so that what was remembered
    can be voided by a floor.
    """

    def __init__(self, log: ChangeLog, board: ChangeBoard, clock: Callable[[], float]) -> None:
        self._log = log
        self._board = board
        self._clock = clock
        self._lease: Lease[UUID] = Lease(LEASE_SECONDS)
        # Of whom nothing is told from memory or remembered, until a poll that began after a moment.
        self._held: dict[UUID, float] = {}
        self._holding = Lock()
        self._position = 0  # in the store's numbers
        self._store_log_id = ""
        self.known_log = KnownLog("", 0, 0)
        self.heard = MemoryFigures()  # of how much, and how late at most
        self.polled = _NEVER  # when the last poll that succeeded was started
        self._quiet_until = _NEVER  # nothing is remembered before, of whomever
        self._missed = _NEVER  # when the board had more than could be read
        self._was_known = True  # as the program's log has it; a start that succeeds is no news
        self._listeners: list[Callable[[], None]] = []
        self._wake = Event()
        self._stopping = False
        self._thread = Thread(target=self._follow, name="change-feed", daemon=True)

    @property
    def place(self) -> int:
        """Up to where everything is known; a position of the log is this less its offset."""
        return self._lease.position

    @property
    def lease_ends(self) -> float:
        """Until when memory may be used, on the monotonic clock."""
        return self._lease.ends

    def position_of(self, user_id: UUID) -> int:
        """The place under which may be remembered what is read of a user from now on.

        NEVER_LOOKED, which nothing covers, where it must not be remembered.
        """
        if self._board.has_news:
            self._board.read(self._heed)
        place = self._lease.position  # in this order: a change is told after its user is held
        is_quiet = user_id in self._held or self._clock() < self._quiet_until
        return NEVER_LOOKED if is_quiet else place

    def covers(self, user_id: UUID, position: int, *, at: float) -> bool:
        """As Lease.covers; also whatever this server has changed up to now is known."""
        if self._board.has_news:
            self._board.read(self._heed)
        return user_id not in self._held and self._lease.covers(user_id, position, at=at)

    def changed_since(self, position: int) -> list[UUID] | None:
        """As Lease.changed_since."""
        return self._lease.changed_since(position)

    def listen(self, polled: Callable[[], None]) -> None:
        """Calls back after each poll, in the thread of the feed."""
        self._listeners.append(polled)

    def wake(self) -> None:
        """Polls soon: somebody says that there is something new."""
        self._wake.set()

    def start(self) -> None:
        """Polls once, and goes on in the background whether or not the store answered."""
        self.poll()
        self._thread.start()

    def stop(self) -> None:
        """Polls no more; a poll that is under way is waited for."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def poll(self) -> None:
        """Reads what is new in the log, and renews the lease; a store that fails ends it in time.

        For one thread at a time.
        """
        self._board.read(self._heed)
        self._wake.clear()  # what it tells of comes before this poll
        started = self._clock()
        place = self.place
        try:
            self._catch_up(started, Deadline(_POLL_TIMEOUT_SECONDS))
        except (StoreUnavailable, CallAbandoned) as failed:
            self._tell(failed.cause if isinstance(failed, StoreUnavailable) else "no answer")
            self._call_listeners()
            return
        self._release(started)
        if self.place > place and self.polled > _NEVER:  # what was there before is no news
            self.heard.observe_lag(self._clock() - self.polled)
        self.polled = started
        with self._holding:
            if self._missed < started:
                self._lease.renew(started)
        self._call_listeners()
        self._tell("the answer came too late")

    def _call_listeners(self) -> None:
        for polled in self._listeners:
            polled()

    def _follow(self) -> None:
        due = self._clock() + POLL_SECONDS
        while not self._stopping:
            waited = self._wake.wait(min(BOARD_SECONDS, max(0, due - self._clock())))
            if waited or self._board.has_news or self._clock() >= due:
                due = self._clock() + POLL_SECONDS
                try:
                    self.poll()
                except Exception:  # noqa: BLE001  # the outermost layer of a thread that must live on
                    _log.exception("bug")

    def _heed(self, posted: list[UUID] | None) -> None:
        """What this server has changed: the store is asked until a later poll has told of it."""
        now = self._clock()
        if posted is None:
            with self._holding:
                self._missed = now
                self._lease.end()
        else:
            self._hold(posted, now)
        self._wake.set()

    def _hold(self, users: Iterable[UUID], until: float) -> None:
        with self._holding:
            for user_id in users:
                self._held[user_id] = max(until, self._held.get(user_id, until))

    def _release(self, started: float) -> None:
        with self._holding:
            for user_id in [one for one, until in self._held.items() if until < started]:
                del self._held[user_id]

    def _catch_up(self, now: float, deadline: Deadline) -> None:
        head = self._log.head(deadline)
        same_log = head.log_id == self._store_log_id
        if (
            not same_log
            or head.position < self._position
            or now - self.polled > LONGEST_GAP_SECONDS
        ):
            self._begin_at(head.position, head.log_id)
        elif head.position > self._position:
            self._take(self._log.after(self._position, deadline), head.position)

    def _take(self, entries: list[Change], head: int) -> None:
        """head: the log was that long before its entries were read."""
        if not entries or any(
            entry.position != due for due, entry in enumerate(entries, self._position + 1)
        ):
            self._begin_at(entries[-1].position if entries else head, self._store_log_id)
        else:
            if self._log.quiet_seconds:
                until = self._clock() + self._log.quiet_seconds
                self._hold([entry.user_id for entry in entries], until)
            self.heard.invalidations += len(entries)
            for entry in entries:
                self._lease.changed(entry.position + self.known_log.offset, [entry.user_id])
                self._position = entry.position

    def _begin_at(self, position: int, log_id: str) -> None:
        """Voids all that was remembered: entries were not seen, or this is another log.

        position: was read before, so that what changes from now on has a later one.
        """
        known, offset = self.known_log.log_id, self.known_log.offset
        if log_id != self._store_log_id:
            known, offset = log_id, self._lease.position - position + 1 if self._store_log_id else 0
        elif position < self._position:
            # The log lost its end, such as by a restored copy. Other processes may not have seen
            # that, so their positions mean nothing here any more.
            known = f"{log_id}~{secrets.token_hex(_OWN_ID_BYTES)}"
            offset = self._lease.position - position + 1
        # Of anybody something may be announced that is not written yet.
        self._quiet_until = self._clock() + self._log.quiet_seconds
        self._store_log_id = log_id
        self._position = position
        self._lease.gap(position + offset)
        self.heard.invalidations += 1
        begins = position + offset if offset != self.known_log.offset else self.known_log.begins
        self.known_log = KnownLog(known, offset, begins)

    def _tell(self, cause: str) -> None:
        """Logs that the lease was lost or is back, once each. cause: of a loss."""
        known = self._clock() < self._lease.ends
        if known and not self._was_known:
            _log.info("changes_known")
        elif self._was_known and not known:
            _log.warning("changes_unknown", cause=cause)
        self._was_known = known
