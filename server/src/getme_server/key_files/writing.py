"""Writes a keys file so that nobody ever finds half of one, and no key in it is ever lost.

A new content is complete on the disk, and is one that a server takes, before it gets the file's
name; whoever reads at any moment has the old or the new. Two commands never change one file at
once.
"""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from getme_server.key_files.errors import ChangeRefused
from getme_server.key_files.source import key_set_in, read_private
from getme_server.tokens.strict_json import JsonObject, json_object


class KeysDraft:
    """The content of a keys file while it is locked. path: the file itself, no link to it."""

    def __init__(self, path: Path, found: os.stat_result) -> None:
        """Raises KeyRefused for a file that a server would refuse."""
        raw = read_private(path)
        self.path = path
        self.keys = key_set_in(raw, path)
        self._found = found
        self._document = json_object(raw)

    @property
    def jwks(self) -> Sequence[JsonObject]:
        """The keys as they are spelt, private parts included, in the order of `keys`."""
        return tuple(self._document["keys"])

    def save(self, jwks: Sequence[JsonObject]) -> None:
        """Puts other keys in their place; what else the file holds stays. Raises KeyRefused."""
        raw = _text(self._document | {"keys": list(jwks)})
        key_set_in(raw, self.path)
        with _complete_file_beside(self.path, raw, like=self._found) as complete:
            complete.replace(self.path)
            _flush_folder(self.path)


@contextmanager
def locked(path: Path) -> Iterator[KeysDraft]:
    """A keys file to change; a link is followed. Raises ChangeRefused, KeyRefused."""
    target = Path(os.path.realpath(path))
    try:
        # Open for writing, which is not done: NFS locks no other file for one alone, and whoever
        # may not write to the file has no business to replace it.
        with target.open("r+b") as file:
            _lock(file, target)
            yield KeysDraft(target, os.fstat(file.fileno()))
    except OSError as refused:
        raise _cannot_write(path, refused) from refused


def create(path: Path, jwks: Sequence[JsonObject]) -> None:
    """Makes a keys file that only its owner can read. Raises ChangeRefused if it is there."""
    target = Path(os.path.realpath(path))
    raw = _text({"keys": list(jwks)})
    key_set_in(raw, target)
    try:
        with _complete_file_beside(target, raw) as complete:
            os.link(complete, target)  # unlike a rename, it never takes another file's place
            _flush_folder(target)
    except FileExistsError as exists:
        raise ChangeRefused(
            f"{path}: it exists; add a key with: getme-server keys rotate"
        ) from exists
    except OSError as refused:
        raise _cannot_write(path, refused) from refused


def _lock(file: BinaryIO, path: Path) -> None:
    at_work = ChangeRefused(f"{path}: another keys command is at work on it; try again")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise at_work from None
    # The lock is that of a file, not of its name: a command that held it until this moment has
    # put another file in its place.
    if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
        raise at_work


@contextmanager
def _complete_file_beside(
    path: Path, raw: bytes, *, like: os.stat_result | None = None
) -> Iterator[Path]:
    """A file in the folder of path, safe on the disk; goes away unless it is renamed.

    like: whose owner, group and mode it has; otherwise only we can read it, from the first byte.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            if like is not None:
                _resemble(descriptor, like)
            file.write(raw)
            file.flush()
            os.fsync(descriptor)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _resemble(descriptor: int, like: os.stat_result) -> None:
    """Root changes keys for a server that runs as another user, which must still read them."""
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))


def _flush_folder(path: Path) -> None:
    """The file's new name is safe on the disk, too, on every file system that can promise it."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # it has its name by now, whatever comes
            os.fsync(folder)
    finally:
        os.close(folder)


def _text(document: JsonObject) -> bytes:
    return f"{json.dumps(document, indent=2)}\n".encode("ascii")


def _cannot_write(path: Path, refused: OSError) -> ChangeRefused:
    reason = refused.strerror or type(refused).__name__
    if isinstance(refused, FileNotFoundError):
        reason += "; make it with getme-server keys generate, in a folder that is there"
    else:
        reason += (
            "; its owner or root can write it, in a folder that can be written to (a mounted"
            " Kubernetes secret is changed in the cluster)"
        )
    return ChangeRefused(f"{path}: cannot be written: {reason}")
