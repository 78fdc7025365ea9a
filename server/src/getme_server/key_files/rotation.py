"""Adds keys to a keys file: published first, so that no good token is ever refused.

A new key signs later, when everybody who verifies has had time to fetch it; the key before goes
on verifying, until `retirement` takes it out. The clock is passed in. The file's times are
absolute, and a clock that differs by seconds does no harm: see `stages`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from getme_server.key_files.errors import ChangeRefused
from getme_server.key_files.generation import new_jwk, signs_from
from getme_server.key_files.moments import moment_text
from getme_server.key_files.stages import TAKE_UP_SECONDS, Stage, Stages
from getme_server.key_files.writing import create, locked
from getme_server.tokens.json_web_key import key_of_jwk
from getme_server.tokens.key import Key
from getme_server.tokens.key_set import MAX_KEYS

_TIE_SECONDS = 0.001  # of two keys with the same turn, the one before would go on signing


class Rotation(NamedTuple):
    """A key that was published, and the one that signs before it, None where none could."""

    new: Key
    before: Key | None


def generate(path: Path, algorithm: str, *, wall_clock: Callable[[], float]) -> Key:
    """Makes a new file with one key, which signs from now on. Raises ChangeRefused."""
    jwk = signs_from(new_jwk(algorithm), wall_clock())
    create(path, [jwk])
    return key_of_jwk(jwk)


def rotate(
    path: Path, algorithm: str | None, *, wait_seconds: float, wall_clock: Callable[[], float]
) -> Rotation:
    """Publishes a key that signs later, or at once where no key can sign.

    algorithm: None for that of the key before. wait_seconds: counted from when all servers have
    taken it up; 0 is at once, and a server that is late to take it up refuses tokens meanwhile.

    Raises ChangeRefused while another key waits for its turn, KeyRefused for a file that a server
    would refuse.
    """
    with locked(path) as draft:
        stages = Stages(draft.keys, wall_clock())
        _require_room_for_another(stages, path)
        before = stages.signing
        jwk = new_jwk(algorithm or (before or draft.keys.keys[0]).algorithm)
        turn = wall_clock()  # only now: an RSA key takes its time
        if before is not None:
            turn += TAKE_UP_SECONDS + wait_seconds if wait_seconds else 0
            turn = max(turn, before.signs_from + _TIE_SECONDS)
        jwk = signs_from(jwk, turn)
        draft.save([*draft.jwks, jwk])
    return Rotation(key_of_jwk(jwk), before)


def _require_room_for_another(stages: Stages, path: Path) -> None:
    for key in stages.all(Stage.PUBLISHED):
        raise ChangeRefused(
            f"{path}: key {key.key_id} is published and waits for its turn to sign until"
            f" {moment_text(key.signs_from)}; rotate again after that, or take it back with:"
            f" getme-server keys retire {key.key_id}"
        )
    if len(stages.keys.keys) >= MAX_KEYS:
        raise ChangeRefused(
            f"{path}: it holds {MAX_KEYS} keys, the most that are allowed; take away those that"
            " are done with: getme-server keys retire"
        )
