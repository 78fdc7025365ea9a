"""The key of a developer's machine: made once, kept in a file that only its owner can read."""

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from getme_server.tokens.errors import KeyRefused

DEV_KEY_FILE = Path("getme-dev.key")
_KEY_BYTES = 48


def dev_secret(path: Path = DEV_KEY_FILE) -> str:
    """The secret in path, made if the file is not there. Raises KeyRefused."""
    try:
        if not path.exists():
            _make(path)
        return _existing(path)
    except (OSError, UnicodeDecodeError) as refused:
        raise KeyRefused(f"cannot use the development key {path}: {refused}") from refused


def _make(path: Path) -> None:
    """Of two that come at once, one key is kept, and it is whole before anybody reads it."""
    # The temporary file has mode 600, and so has the link to it.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as file:
        file.write(f"{secrets.token_urlsafe(_KEY_BYTES)}\n")
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)


def _existing(path: Path) -> str:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyRefused(f"{path} can be read by others; run: chmod 600 {path}")
    return path.read_text("ascii").strip()
