"""Looks at the store in the background, and tells whether it answers.

What it finds decides whether calls try at all (`availability`) and what health answers. Looks as
calls do, with keys that no row has, and never longer than LOOK_SECONDS.
"""

import threading
from collections.abc import Callable
from typing import Protocol

import structlog

from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.errors import CallAbandoned
from getme_server.stores.availability import Availability

LOOK_SECONDS = 1.0  # between two looks, and for one of them at most
# While it is away: its return is noticed within two of these.
LOOK_AGAIN_SECONDS = 0.5

_log = structlog.get_logger()


class Watched(Protocol):
    """A store that can be looked at."""

    def probe(self, deadline: Deadline) -> None:
        """Asks as a call does, whatever is known already. Raises StoreUnavailable."""
        ...


class StoreWatch:
    """Keeps what is known of a store up to date.

    tell: called at the start and with each change: whether the store answers.
    """

    def __init__(
        self, store: Watched, availability: Availability, tell: Callable[[bool], None]
    ) -> None:
        self._store = store
        self._availability = availability
        self._tell = tell
        self._told: bool | None = None
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="store-watch", daemon=True)

    def start(self) -> None:
        """Looks now, and from now on in the background."""
        self._look()
        self._watcher.start()

    def stop(self) -> None:
        """Looks no more."""
        self._stopping.set()

    def _watch(self) -> None:
        try:
            while not self._stopping.wait(self._pause()):
                self._look()
        finally:
            self._tell(False)  # noqa: FBT003  # a watch that fails must not leave its last word

    def _pause(self) -> float:
        return LOOK_SECONDS if self._availability.is_available else LOOK_AGAIN_SECONDS

    def _look(self) -> None:
        begun = self._availability.moment()
        cause: str | None = None
        try:
            self._store.probe(Deadline(LOOK_SECONDS))
        except (StoreUnavailable, CallAbandoned) as failed:
            cause = getattr(failed, "cause", "no answer")
        self._availability.looked(answers=cause is None, begun=begun)
        available = self._availability.is_available
        if available is not self._told:
            if not available:
                _log.error("store_away", cause=cause)
            elif self._told is not None:
                _log.info("store_back")
            self._told = available
            self._tell(available)
