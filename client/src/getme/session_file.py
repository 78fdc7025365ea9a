"""The session of the command `getme`, kept in a file that only its owner can read.

In `$XDG_STATE_HOME/getme/session.json`, or `~/.local/state` where that is not set (XDG Base
Directory Specification 0.8). The file holds tokens: whoever reads it is the user.
"""

import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SessionFileRefused(Exception):
    """What is in the file's place cannot be used as a session, or should not be."""


@dataclass(frozen=True, slots=True)
class Server:
    """Which server a session is at. tls, or any of the three paths: the connection has TLS."""

    address: str
    tls: bool = False
    ca: str | None = None
    cert: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in: where, and the pair of tokens that it got last."""

    server: Server
    token: str
    refresh_token: str


def session_path() -> Path:
    """Where the session of whoever runs the command is."""
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    # A relative path there is to be ignored, the specification says.
    state = named if named.is_absolute() else Path.home() / ".local" / "state"
    return state / "getme" / "session.json"


def read_session(path: Path) -> Session | None:
    """The session, None if there is none. Raises SessionFileRefused."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except FileNotFoundError:
        return None
    except OSError as unreadable:
        raise SessionFileRefused(f"{path}: {unreadable.strerror}") from unreadable
    if mode & _OTHERS:
        raise SessionFileRefused(
            f"{path} can be read by others, who may have your session: remove it, and sign in again"
        )
    try:
        stored = json.loads(text)
        server = Server(**stored["server"])
        return Session(server, str(stored["token"]), str(stored["refresh_token"]))
    except (ValueError, TypeError, KeyError) as broken:
        raise SessionFileRefused(f"{path} is not a session: remove it, sign in again") from broken


def write_session(path: Path, session: Session) -> None:
    """Replaces the session at once, so that a crash leaves the old one or the new one. OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # tempfile makes files that only the owner can read and write.
    with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
        temporary = Path(file.name)
        try:
            json.dump(asdict(session), file)
            file.flush()
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
