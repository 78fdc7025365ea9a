"""Takes keys out of a keys file, and knows which of them may go without refusing a good token."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from getme_server.key_files.errors import ChangeRefused
from getme_server.key_files.moments import moment_text
from getme_server.key_files.stages import Stage, Stages
from getme_server.key_files.writing import KeysDraft, locked
from getme_server.tokens.key import Key
from getme_server.tokens.key_set import KeySet


class Retirement(NamedTuple):
    """Keys that were taken out, and those that stay, each with the reason."""

    retired: Sequence[Key]
    kept: Sequence[tuple[Key, str]]


def retire_expired(
    path: Path, *, token_life_seconds: float, wall_clock: Callable[[], float]
) -> Retirement:
    """Takes out all keys that verify only and whose last token has expired.

    token_life_seconds: how long a token is taken after it was issued. Raises ChangeRefused,
    KeyRefused.
    """
    with locked(path) as draft:
        stages = Stages(draft.keys, wall_clock())
        reasons = [
            (key, _reason_to_stay(key, stages, token_life_seconds)) for key in draft.keys.keys
        ]
        retired = [key for key, reason in reasons if reason is None]
        if retired:
            _take_out(draft, retired)
    return Retirement(retired, [(key, reason) for key, reason in reasons if reason is not None])


def retire(
    path: Path,
    key_id: str,
    *,
    now: bool,
    token_life_seconds: float,
    wall_clock: Callable[[], float],
) -> Key:
    """Takes out one key. now: even if good tokens are refused from then on.

    Raises ChangeRefused if it is the last that can sign, is not there or, without now, if a good
    token may be of this key; KeyRefused.
    """
    with locked(path) as draft:
        key = _named(key_id, draft.keys, path)
        _require_another_to_sign(key, draft.keys, path)
        stages = Stages(draft.keys, wall_clock())
        if not now and stages.of(key) is not Stage.PUBLISHED:  # it has signed nothing yet
            reason = _reason_to_stay(key, stages, token_life_seconds)
            if reason is not None:
                raise ChangeRefused(
                    f"{path}: key {key_id} stays: {reason}; a stolen key goes at once, and its"
                    " good tokens with it, with --now"
                )
        _take_out(draft, [key])
    return key


def _reason_to_stay(key: Key, stages: Stages, token_life_seconds: float) -> str | None:
    """Why a key is needed still, None if it is not."""
    stage = stages.of(key)
    if stage is Stage.SIGNING:
        turns = [other.signs_from for other in stages.all(Stage.PUBLISHED)]
        until = moment_text(min(turns)) if turns else "another does: getme-server keys rotate"
        return f"it signs until {until}"
    if stage is Stage.PUBLISHED:
        return f"it signs from {moment_text(key.signs_from)}"
    expires = stages.last_token_expires(key, token_life_seconds)
    if expires is None:
        return "the file does not tell when it signed last, so that its tokens may be good still"
    if expires > stages.now:
        return f"its tokens may be good until {moment_text(expires)}"
    return None


def _named(key_id: str, keys: KeySet, path: Path) -> Key:
    for key in keys.keys:
        if key.key_id == key_id:
            return key
    there = ", ".join(key.key_id for key in keys.keys)
    raise ChangeRefused(f"{path}: there is no key {key_id!r}; there are: {there}")


def _require_another_to_sign(key: Key, keys: KeySet, path: Path) -> None:
    others = [other for other in keys.keys if other is not key]
    if not others or (key.signing is not None and all(other.signing is None for other in others)):
        raise ChangeRefused(
            f"{path}: key {key.key_id} is the last that can sign; add another first:"
            " getme-server keys rotate --wait 0s"
        )


def _take_out(draft: KeysDraft, keys: Sequence[Key]) -> None:
    gone = {key.key_id for key in keys}
    pairs = zip(draft.keys.keys, draft.jwks, strict=True)
    draft.save([jwk for key, jwk in pairs if key.key_id not in gone])
