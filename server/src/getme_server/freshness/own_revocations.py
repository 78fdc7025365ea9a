"""Revocations that this process makes, told to its own feed without waiting for the next poll."""

from collections.abc import Callable, Sequence
from uuid import UUID

from getme_server.deadline import Deadline
from getme_server.tokens.revocation import Revocation, RevocationStore, Revoked


class OwnRevocations:
    """A store of revocations that tells of those that are made through it.

    told: is called with the user, also where it is not known whether the revocation was made.
    """

    def __init__(self, store: RevocationStore, told: Callable[[UUID], None]) -> None:
        self._store = store
        self._told = told

    def revoke_tokens(
        self,
        user_id: UUID,
        revocation_keys: Sequence[bytes],
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """As the store does it."""
        try:
            self._store.revoke_tokens(user_id, revocation_keys, deadline, keep_seconds=keep_seconds)
        finally:
            self._told(user_id)

    def revoke_user_tokens(
        self,
        user_id: UUID,
        issued_before: float,
        deadline: Deadline,
        *,
        keep_seconds: float | None,
    ) -> None:
        """As the store does it."""
        try:
            self._store.revoke_user_tokens(
                user_id, issued_before, deadline, keep_seconds=keep_seconds
            )
        finally:
            self._told(user_id)

    def revoked(
        self, user_id: UUID, revocation_keys: Sequence[bytes], deadline: Deadline
    ) -> Revoked:
        """As the store knows it."""
        return self._store.revoked(user_id, revocation_keys, deadline)

    def last_position(self, deadline: Deadline) -> int:
        """As the store knows it."""
        return self._store.last_position(deadline)

    def log_after(self, position: int, deadline: Deadline) -> list[Revocation]:
        """As the store knows it."""
        return self._store.log_after(position, deadline)
