"""The key set in use: replaced as a whole while the server runs."""

from collections.abc import Mapping, Sequence

from getme_server.tokens.key_set import KeySet


class KeyRing:
    """Holds the current keys. Whoever verifies takes them once, so that a call sees one set."""

    def __init__(self, keys: KeySet) -> None:
        self.current = keys

    def public(self) -> Sequence[Mapping[str, str]]:
        """What anybody may know of the current keys (RFC 7517)."""
        return self.current.public()

    def replace(self, keys: KeySet) -> None:
        """From now on these keys are used."""
        self.current = keys
