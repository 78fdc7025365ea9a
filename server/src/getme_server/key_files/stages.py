"""The stages of a key: published, signing, verifying only. A retired one is gone from the file.

What the file says is enough to know them: each key's `signs_from`, and the moment. Every key in
the file verifies at any stage, so that clocks that differ by seconds do no harm: a server whose
clock is behind signs a little longer with the key before, which all others still take.
"""

from enum import StrEnum

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key import Key
from getme_server.tokens.key_set import KeySet

# How long a server may go on with what the file held before: it looks each WATCH_SECONDS, and
# reading an RSA key takes it 0.15 s.
TAKE_UP_SECONDS = 1.0


class Stage(StrEnum):
    """published: its turn to sign comes. verifying only: another signs, or it never could."""

    PUBLISHED = "published"
    SIGNING = "signing"
    VERIFYING = "verifying only"


class Stages:
    """The stages of all keys of a set at a moment, in seconds since 1970."""

    def __init__(self, keys: KeySet, now: float) -> None:
        self.keys = keys
        self.now = now
        self.signing = _signing(keys, now)

    def of(self, key: Key) -> Stage:
        """The stage of a key of the set."""
        if key is self.signing:
            return Stage.SIGNING
        if key.signing is not None and key.signs_from > self.now:
            return Stage.PUBLISHED
        return Stage.VERIFYING

    def all(self, stage: Stage) -> list[Key]:
        """The keys in a stage, in the file's order."""
        return [key for key in self.keys.keys if self.of(key) is stage]

    def signed_until(self, key: Key) -> float | None:
        """When the next key took over from a key that verifies only.

        None where the file does not tell: its private part is elsewhere and may be signing there,
        or no other key has a later turn.
        """
        if self.of(key) is not Stage.VERIFYING or key.signing is None:
            return None
        later = [
            other.signs_from
            for other in self.keys.keys
            if other.signing is not None and other.signs_from > key.signs_from
        ]
        return min(later, default=None)

    def last_token_expires(self, key: Key, token_life_seconds: float) -> float | None:
        """When no token of a key that verifies only can be good any more; None as above."""
        until = self.signed_until(key)
        return None if until is None else until + TAKE_UP_SECONDS + token_life_seconds


def _signing(keys: KeySet, now: float) -> Key | None:
    try:
        return keys.signing(now)
    except KeyRefused:  # there are public parts only
        return None
