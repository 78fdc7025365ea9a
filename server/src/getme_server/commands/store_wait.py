"""Waits for a store that is not there yet, while the server already answers that it is away."""

import threading
import time

import structlog

from getme_server.settings import ServerSettings
from getme_server.stores.errors import StoreNotReady
from getme_server.wiring import open_stores

_PAUSE_SECONDS = 1.0

_log = structlog.get_logger()


class StoreWait:
    """Tries the store until it is in order, in a thread of its own.

    seconds: how long; then stopping is set, and `require` tells what was in the way.
    """

    def __init__(self, settings: ServerSettings, seconds: float, stopping: threading.Event) -> None:
        self._settings = settings
        self._ends = time.monotonic() + seconds
        self._stopping = stopping
        self._refusal: StoreNotReady | None = None
        self._thread = threading.Thread(target=self._wait, name="store-wait", daemon=True)

    def start(self) -> None:
        """Tries from now on."""
        self._thread.start()

    def require(self) -> None:
        """Raises StoreNotReady if the wait was in vain."""
        if self._refusal is not None:
            raise self._refusal

    def _wait(self) -> None:
        while not self._stopping.is_set():
            try:
                open_stores(self._settings).close()
            except StoreNotReady as refused:
                if time.monotonic() > self._ends:
                    self._refusal = refused
                    self._stopping.set()
                    return
                self._stopping.wait(_PAUSE_SECONDS)
            else:
                _log.info("store_ready")
                return
