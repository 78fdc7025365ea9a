"""The key of a developer's machine: made once, kept in a file that only its owner can read."""

import os
import secrets
import stat
from pathlib import Path

from getme_server.tokens.errors import KeyRefused

DEV_KEY_FILE = Path("getme-dev.key")
_KEY_BYTES = 48


def dev_secret(path: Path = DEV_KEY_FILE) -> str:
    """The secret in path, made if the file is not there. Raises KeyRefused."""
    try:
        # O_EXCL: of two that come at once, one makes the key and the other reads it.
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR
        )
    except FileExistsError:
        return _existing(path)
    except OSError as refused:
        raise KeyRefused(f"cannot make the development key {path}: {refused.strerror}") from refused
    secret = secrets.token_urlsafe(_KEY_BYTES)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{secret}\n")
    return secret


def _existing(path: Path) -> str:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyRefused(f"{path} can be read by others; run: chmod 600 {path}")
    return path.read_text("ascii").strip()
