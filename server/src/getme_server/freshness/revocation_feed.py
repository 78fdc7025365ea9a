"""Follows the store's log of revocations, and vouches for what is remembered about tokens.

Why no answer is stale for more than a second (the promise of the contract): say a revocation was
acknowledged at moment T. Memory is vouched for until LEASE_SECONDS after the *start* of the last
poll that succeeded. If that poll started after T, it saw the revocation, which can be read in the
log before it is acknowledged, and memory of this user is void. If it started before T, the lease
ends before T + LEASE_SECONDS. So nothing remembered counts later than 0.75 s after T; 0.25 s are
left for the call that was being answered. No clock is read but this process's own.

Knows nothing of tokens, of gRPC and of what is remembered.
"""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from uuid import UUID

import structlog

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned
from getme_server.tokens.revocation import Revocation, RevocationStore

POLL_SECONDS = 0.25
LEASE_SECONDS = 0.75
_POLL_TIMEOUT_SECONDS = 0.5  # a poll that takes longer comes too late to be of use
_STOP_SECONDS = 2 * _POLL_TIMEOUT_SECONDS
# After so long without the store all is voided, and the entries of that time are not read: they may
# be more than a poll can take. (That they may have expired unseen is noticed however long it was.)
LONGEST_GAP_SECONDS = 60
MAX_CHANGED_USERS = 10_000  # about 2 MB

_log = structlog.get_logger()


class RevocationLogFeed:
    """Polls the log in a thread of its own (the protocol RevocationFeed of `tokens.revocation`).

    clock: monotonic, seconds. max_changed_users: of how many users the last revocation is kept in
    mind, before all that is remembered is voided instead.

    The store numbers its entries without a hole, and may begin anew where it was replaced; the
    places that are told here only ever rise, so that what was remembered can be voided by a floor.
    Callers read without a lock. So each thing is written before what makes others rely on it: the
    floor before the changes are emptied, these before the place, and the place before the lease.
    """

    def __init__(
        self,
        store: RevocationStore,
        clock: Callable[[], float],
        *,
        max_changed_users: int = MAX_CHANGED_USERS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._max_changed_users = max_changed_users
        self._log_position = 0  # in the store's numbers
        self._offset = 0  # from the store's numbers to the places that are told
        self._position = 0
        self._floor = 0  # what was remembered before it is void
        self._changed: dict[UUID, int] = {}  # the place of each user's last entry
        self._own: dict[UUID, float] = {}  # whose tokens this process revoked, and until when asked
        self._polled = float("-inf")  # when the last poll that succeeded was started
        self._lease_ends = float("-inf")
        self._was_known = True  # as the log has it; a start that succeeds is no news
        self._stopping = Event()
        self._thread = Thread(target=self._follow, name="revocation-feed", daemon=True)

    @property
    def position(self) -> int:
        """The place in the log up to which everything is known."""
        return self._position

    def unchanged_since(self, user_id: UUID, position: int, *, at: float) -> bool:
        """Whether it is certain that no token of a user was revoked after a place in the log."""
        # In this order: a floor is set before the changes that it stands for are forgotten.
        return (
            at < self._lease_ends
            and self._changed.get(user_id, 0) <= position
            and position >= self._floor
            and user_id not in self._own
        )

    def revoked_here(self, user_id: UUID) -> None:
        """This process has revoked tokens of a user: whoever asked for that sees it at once.

        The store is asked about the user until a poll that began later must have seen the entry.
        """
        self._own[user_id] = self._clock() + LEASE_SECONDS

    def start(self) -> None:
        """Polls once, and goes on in the background whether or not the store answered."""
        self.poll()
        self._thread.start()

    def stop(self) -> None:
        """Polls no more; a poll that is under way is waited for."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def poll(self) -> None:
        """Reads what is new in the log, and renews the lease; a store that fails ends it in time.

        For one thread at a time.
        """
        started = self._clock()
        for user_id, until in list(self._own.items()):
            if until < started:
                self._own.pop(user_id, None)
        try:
            self._catch_up(started, Deadline(_POLL_TIMEOUT_SECONDS))
        except (StoreUnavailable, CallAbandoned) as failed:
            self._tell(failed.cause if isinstance(failed, StoreUnavailable) else "no answer")
            return
        self._polled = started
        self._lease_ends = started + LEASE_SECONDS
        self._tell("the answer came too late")

    def _follow(self) -> None:
        due = self._clock() + POLL_SECONDS
        while not self._stopping.wait(max(0, due - self._clock())):
            due = self._clock() + POLL_SECONDS
            self.poll()

    def _catch_up(self, now: float, deadline: Deadline) -> None:
        if now - self._polled > LONGEST_GAP_SECONDS:  # so at the first poll, too
            self._begin_at(self._store.last_position(deadline))
            return
        entries = self._store.log_after(self._log_position, deadline)
        if not entries:
            # Silence also follows when the store was replaced and its log has not come to our
            # place, or when entries were lost. Asked each time, since those who revoke rely on
            # us: one read by key, 4 a second.
            last = self._store.last_position(deadline)
            if last == self._log_position:
                return
            entries = self._store.log_after(self._log_position, deadline)  # it may have grown
            if not entries:
                self._begin_at(last)
                return
        self._take(entries)

    def _take(self, entries: Sequence[Revocation]) -> None:
        for log_position, user_id in entries:
            place = log_position + self._offset
            is_next = log_position == self._log_position + 1
            if not is_next or len(self._changed) >= self._max_changed_users:
                self._floor = place  # a hole: entries were deleted before they were seen
                self._changed = {}
            self._changed[user_id] = place
            self._log_position = log_position
        self._position = self._log_position + self._offset

    def _begin_at(self, log_position: int) -> None:
        """Voids all that was remembered, unless nothing was revoked since.

        log_position: was read before, so that what is revoked from now on has a later one.
        """
        if log_position < self._log_position:
            self._offset += self._log_position - log_position + 1
        self._log_position = log_position
        place = log_position + self._offset
        self._floor = place
        self._changed = {}
        self._position = place

    def _tell(self, cause: str) -> None:
        """Logs that the lease was lost or is back, once each. cause: of a loss."""
        known = self._clock() < self._lease_ends
        if known and not self._was_known:
            _log.info("revocations_known")
        elif self._was_known and not known:
            _log.warning("revocations_unknown", cause=cause)
        self._was_known = known
