"""Keys files as tests need them: written plainly, so that a fault in the writer shows."""

import json
from pathlib import Path
from typing import Any

from getme_server.key_files.generation import new_jwk

NOW = 1_900_000_000.0


def at_now() -> float:
    """A clock that stands still."""
    return NOW


def jwk(signs_from: float | None = None, algorithm: str = "ES256") -> dict[str, Any]:
    """A new key."""
    made = new_jwk(algorithm)
    return made if signs_from is None else made | {"signs_from": signs_from}


def public(key: dict[str, Any]) -> dict[str, Any]:
    """The same key without its private part."""
    return {name: value for name, value in key.items() if name != "d"}


def write(path: Path, *keys: dict[str, Any], **others: Any) -> Path:
    """A keys file that only its owner can read."""
    path.touch(0o600)
    path.write_text(json.dumps({"keys": list(keys)} | others))
    return path


def key_ids(path: Path) -> list[str]:
    """The IDs of the keys in a file, in order."""
    return [key["kid"] for key in json.loads(path.read_text())["keys"]]
