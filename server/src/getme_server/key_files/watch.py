"""Takes up a changed keys file while the server runs, and keeps the last good keys otherwise.

Looks at the file's state each WATCH_SECONDS. inotify (watchfiles) was not taken: it hears
nothing of a file on NFS, nor of the links that Kubernetes turns round under a mounted secret.
"""

import threading

import structlog

from getme_server.key_files.source import KeysFile
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key_ring import KeyRing

WATCH_SECONDS = 0.5

_log = structlog.get_logger()


class KeysWatch:
    """Keeps a key ring in step with a file."""

    def __init__(self, file: KeysFile, keys: KeyRing) -> None:
        self._file = file
        self._keys = keys
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="keys-watch", daemon=True)

    def start(self) -> None:
        """Looks at once, so that a retired key verifies no first call, and then ever again."""
        self.look()  # a worker was handed the keys of seconds ago, when it began to start
        self._watcher.start()

    def stop(self) -> None:
        """Looks no more."""
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            self.look()

    def look(self) -> None:
        """Takes up what has changed; says in one line what cannot be used."""
        try:
            keys = self._file.changed()
        except KeyRefused as refused:
            _log.error("keys_refused", reason=str(refused), in_use=_key_ids(self._keys))
            return
        if keys is not None:
            self._keys.replace(keys)
            _log.info("keys_loaded", in_use=_key_ids(self._keys))


def _key_ids(keys: KeyRing) -> list[str]:
    return [key.key_id for key in keys.current.keys]
