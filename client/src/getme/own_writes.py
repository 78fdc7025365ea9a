"""Who has just changed something through this client, and must see it at once.

Another server than the one that made the change may not have heard of it yet, and nor may this
client's feed: until both must have, answers about the caller come from the store.
"""

from collections.abc import Hashable

# The promise to everybody else (docs/contract.md).
SETTLING_SECONDS = 1.0
# Longer than a call takes whose answer could still come; after it leases alone decide, which know
# of the change by then.
_FORGET_SECONDS = 10.0
_FORGET_EVERY = 256


class OwnWrites:
    """Written under the lock of the memory that it belongs to, and read by any thread without.

    Keys are hashes of tokens, which are long and come from anybody, and IDs of users. Two tokens of
    one hash cost a call that was not needed, no more.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, int] = {}
        self._settled_at: dict[Hashable, float] = {}
        self._forget_at = _FORGET_EVERY

    def begin(self, keys: tuple[Hashable, ...]) -> None:
        """A write is about to be sent."""
        for key in keys:
            self._under_way[key] = self._under_way.get(key, 0) + 1

    def end(self, keys: tuple[Hashable, ...], *, at: float) -> None:
        """It has ended, however it did."""
        for key in keys:
            # First, so that no reader finds the key in neither.
            self._settled_at[key] = at + SETTLING_SECONDS
            left = self._under_way[key] - 1
            if left:
                self._under_way[key] = left
            else:
                del self._under_way[key]
        if len(self._settled_at) >= self._forget_at:
            self._forget(at)

    def concern(self, key: Hashable, *, asked_at: float) -> bool:
        """Whether a call that began at a moment may have missed a write."""
        if not self._under_way and not self._settled_at:
            return False
        return key in self._under_way or asked_at < self._settled_at.get(key, asked_at)

    def _forget(self, at: float) -> None:
        self._settled_at = {
            key: settled
            for key, settled in self._settled_at.items()
            if settled + _FORGET_SECONDS > at
        }
        self._forget_at = 2 * len(self._settled_at) + _FORGET_EVERY
