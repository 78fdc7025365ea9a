"""The keys in use at a time: which of them may verify a token, and which one signs.

The algorithm is the key's, never the header's (RFC 8725 section 3.1), and nothing in a header
leads anywhere but to a key that is here already (section 3.10).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key import SYMMETRIC, Key
from getme_server.tokens.strict_json import JsonObject

MAX_KEYS = 32  # a token without a key ID is tried with each key of its algorithm


class KeySet:
    """Keys of one kind: either secrets, or asymmetric keys with distinct key IDs.

    fingerprint: text that names the set, whatever the order of its keys.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        """keys: where none has a signs_from, the first signs. Raises KeyRefused."""
        self.keys = tuple(keys)
        if not 1 <= len(self.keys) <= MAX_KEYS:
            raise KeyRefused(f"there are {len(self.keys)} keys; 1 to {MAX_KEYS} are allowed")
        self.is_secret = self.keys[0].algorithm in SYMMETRIC
        if any((key.algorithm in SYMMETRIC) != self.is_secret for key in self.keys):
            raise KeyRefused("a secret stands beside asymmetric keys (RFC 8725 section 3.1)")
        self._by_id: dict[str, Key] = {}
        self._by_algorithm: dict[str, tuple[Key, ...]] = {}
        for key in self.keys:
            if not self.is_secret and key.key_id in self._by_id:
                raise KeyRefused(f"two keys have the key ID {key.key_id!r}")
            self._by_id[key.key_id] = key
            same = self._by_algorithm.get(key.algorithm, ())
            self._by_algorithm[key.algorithm] = (*same, key)
        # Once for each, and not for each token: 8 to 28 us where verifying one takes some 100.
        self._fingerprints = {id(key): key.fingerprint for key in self.keys}
        named = b"".join(sorted(set(self._fingerprints.values())))
        self.fingerprint = hashlib.sha256(named).hexdigest()[:16]

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that tokens may be signed with."""
        return tuple(self._by_algorithm)

    def candidates(self, header: JsonObject) -> tuple[Key, ...]:
        """The keys that may have signed a token with this header, none where no key fits.

        A secret has no key ID, so that whatever ID a token names is no more than a hint.
        """
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or not isinstance(key_id, str | None):
            return ()
        if self.is_secret or key_id is None:
            return self._by_algorithm.get(algorithm, ())
        key = self._by_id.get(key_id)
        return (key,) if key is not None and key.algorithm == algorithm else ()

    def fingerprint_of(self, key: Key) -> bytes:
        """That of one of them."""
        return self._fingerprints[id(key)]

    def has(self, fingerprint: bytes) -> bool:
        """Whether the key of a fingerprint is one of them."""
        return fingerprint in self._fingerprints.values()

    def signing(self, now: float) -> Key:
        """The key that signs at a moment: the last one whose turn has come. Raises KeyRefused."""
        able = [key for key in self.keys if key.signing is not None]
        if not able:
            raise KeyRefused(
                "no key can sign: the file holds public keys only; add one with its private"
                " part: getme-server keys rotate"
            )
        # The first of equals, as max() takes it; before anybody's turn, whose comes first.
        due = [key for key in able if key.signs_from <= now]
        return max(due, key=_turn) if due else min(able, key=_turn)

    def public(self) -> Sequence[Mapping[str, str]]:
        """What anybody may know of the keys (RFC 7517): nothing at all of a secret."""
        return [key.public_jwk for key in self.keys if key.public_jwk]


def _turn(key: Key) -> float:
    return key.signs_from
