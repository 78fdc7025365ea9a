"""Looks at files while the server runs, again and again and when it is asked to.

inotify (watchfiles) was not taken: it hears nothing of a file on NFS, nor of the links that
Kubernetes turns round under a mounted secret.
"""

import threading
from abc import ABC, abstractmethod

import structlog

WATCH_SECONDS = 0.5

_log = structlog.get_logger()


class FileWatch(ABC):
    """A thread that looks each WATCH_SECONDS. name: the thread's."""

    def __init__(self, name: str) -> None:
        self._is_stopping = False
        self._fault = ""
        self._wake = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name=name, daemon=True)

    @abstractmethod
    def look(self) -> None:
        """Takes up what has changed; says in one line what cannot be used."""

    def start(self) -> None:
        """Looks at once, so that what has changed meanwhile is known, and then ever again."""
        self._look()  # a worker was handed the files of seconds ago, when it began to start
        self._watcher.start()

    def look_soon(self) -> None:
        """Looks now, in its own thread."""
        self._wake.set()

    def stop(self) -> None:
        """Looks no more."""
        self._is_stopping = True
        self._wake.set()

    def _watch(self) -> None:
        while not self._is_stopping:
            self._wake.wait(WATCH_SECONDS)
            self._wake.clear()
            if not self._is_stopping:
                self._look()

    def _look(self) -> None:
        try:
            self.look()
            self._fault = ""
        except Exception as fault:  # noqa: BLE001  # later looks must come; said once
            if repr(fault) != self._fault:
                self._fault = repr(fault)
                _log.exception("bug")
