"""A feed of revocations that never has any."""

from uuid import UUID


class NoNews:
    """Vouches for everything."""

    position = 0

    def unchanged_since(self, user_id: UUID, position: int, *, at: float) -> bool:
        return True
