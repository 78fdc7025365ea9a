"""Takes up keys of a file that has changed, and keeps the last good ones otherwise."""

import structlog

from getme_server.file_watch import FileWatch
from getme_server.key_files.source import KeysInFile
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key_ring import KeyRing

_SECRET = "secret"  # it has no ID, and nothing of it may be shown

_log = structlog.get_logger()


class KeysWatch(FileWatch):
    """Keeps a key ring in step with a file."""

    def __init__(self, file: KeysInFile, keys: KeyRing) -> None:
        super().__init__("keys-watch")
        self._file = file
        self._keys = keys

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
    return [key.key_id or _SECRET for key in keys.current.keys]
