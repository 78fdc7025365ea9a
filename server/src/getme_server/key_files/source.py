"""Where a process has its keys from: a secret in the settings, or a file that may change.

Sources are handed to worker processes: all are plain values, and a file goes along as it was
last good, so that a worker that starts while the file is broken has the keys of the others.
"""

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.jwks import MAX_FILE_BYTES, key_set_of_jwks
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.secret_keys import secret_keys


class SecretSource(NamedTuple):
    """Secrets as in the setting."""

    text: str

    def key_set(self) -> KeySet:
        """The keys. Raises KeyRefused."""
        return secret_keys(self.text)


class _State(NamedTuple):
    """What tells one content of a file from the next without reading it."""

    inode: int
    size: int
    changed: int
    modified: int


class _Known(NamedTuple):
    """A state that was looked at, and what the file held when it was last good.

    One value, because a file may be handed to a new worker in the middle of a look: of a new
    state with the old content, that worker would never see that anything has changed.
    """

    state: _State | None
    raw: bytes


class KeysInFile(ABC):
    """A file with keys, and what it held when it could last be used."""

    def __init__(self, path: Path) -> None:
        """Raises KeyRefused."""
        self.path = path
        state = _state_of(path)  # first: what is written after it shows next time
        self._known = _Known(state, self._raw())
        self._keys: KeySet | None = self._keys_in(self._known.raw, None)

    def __getstate__(self) -> dict[str, object]:
        """What is handed over: keys as cryptography holds them cannot be."""
        return self.__dict__ | {"_keys": None}

    def key_set(self) -> KeySet:
        """The keys as they were last good: read once, which takes 0.1 s for a private RSA key."""
        if self._keys is None:
            self._keys = self._keys_in(self._known.raw, None)
        return self._keys

    def changed(self) -> KeySet | None:
        """The keys that the file holds now, None if it has not changed since the last look.

        Those that it held before are not read again. Raises KeyRefused, once for each change, for
        a file that cannot be used.
        """
        state = _state_of(self.path)  # first, as above
        if state == self._known.state:
            return None
        good = self._known.raw
        try:
            raw = self._raw()
            keys = self._keys_in(raw, self.key_set())
            good = raw
        finally:
            self._known = _Known(state, good)
        self._keys = keys
        return keys

    @abstractmethod
    def _raw(self) -> bytes:
        """The content of the file. Raises KeyRefused, which names the file."""

    @abstractmethod
    def _keys_in(self, raw: bytes, known: KeySet | None) -> KeySet:
        """The keys in a content; known: what need not be read again. Raises KeyRefused likewise."""


class KeysFile(KeysInFile):
    """A JSON Web Key Set, which only its owner and its group may read."""

    def _raw(self) -> bytes:
        return read_private(self.path)

    def _keys_in(self, raw: bytes, known: KeySet | None) -> KeySet:
        return key_set_in(raw, self.path, known)


class SecretFile(KeysInFile):
    """What `GETME_SECRET_KEY_FILE` names: a line as in the setting.

    Whoever may read it: the secrets of a container engine are often open to all within (`doctor`
    warns of it), and the settings took it.
    """

    def _raw(self) -> bytes:
        return _read(self.path, _require_file)

    def _keys_in(self, raw: bytes, known: KeySet | None) -> KeySet:
        del known
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise KeyRefused(f"{self.path}: it is not UTF-8 text") from None
        if not text.isprintable():  # as the settings refuse it
            raise KeyRefused(f"{self.path}: it holds more than one line of printable text")
        try:
            return secret_keys(text)
        except KeyRefused as refused:
            raise KeyRefused(f"{self.path}: {refused}") from refused


KeySource = SecretSource | KeysFile | SecretFile


def key_set_in(raw: bytes, path: Path, known: KeySet | None = None) -> KeySet:
    """The keys in the content of a file. Raises KeyRefused, which names the file."""
    try:
        return key_set_of_jwks(raw, known)
    except KeyRefused as refused:
        raise KeyRefused(f"{path}: {refused}") from refused


def read_private(path: Path) -> bytes:
    """The content of a file that only its owner and its group can read. Raises KeyRefused."""
    return _read(path, _require_private)


def _read(path: Path, check: Callable[[os.stat_result, Path], None]) -> bytes:
    try:
        # Without O_NONBLOCK a named pipe in its place would hold us until somebody writes to it.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            check(os.fstat(file.fileno()), path)
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as refused:
        reason = refused.strerror or type(refused).__name__
        raise KeyRefused(f"{path}: cannot be read: {reason}") from refused


def _state_of(path: Path) -> _State | None:
    """None while the file is not there or may not be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _State(found.st_ino, found.st_size, found.st_ctime_ns, found.st_mtime_ns)


def _require_file(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyRefused(f"{path}: it is not a file")


def _require_private(found: os.stat_result, path: Path) -> None:
    """Nobody but the owner writes it, and nobody but the owner and its group reads it.

    The group may read: it is how Kubernetes gives a secret to a user that is not root.
    """
    _require_file(found, path)
    if found.st_mode & (stat.S_IWGRP | stat.S_IRWXO):
        raise KeyRefused(
            f"{path}: others can read or change it; run: chmod 600 {path}"
            " (in Kubernetes: defaultMode: 0440)"
        )
