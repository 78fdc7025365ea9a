"""What rules of accounts and rules of tokens both know of a bearer token (RFC 6750)."""

from typing import NamedTuple, Protocol
from uuid import UUID


class AccessToken(NamedTuple):
    """A signed token and how long it is good from its beginning, in seconds."""

    text: str
    life_seconds: int


class Bearer(Protocol):
    """The caller, as its token tells it."""

    @property
    def user_id(self) -> UUID:
        """The user."""
        ...

    @property
    def roles(self) -> tuple[str, ...]:
        """As in the token, before the stored status is looked at."""
        ...

    @property
    def session_id(self) -> str:
        """The session that the token belongs to, empty where it belongs to none."""
        ...

    @property
    def expires(self) -> float:
        """When the token ends, seconds since 1970."""
        ...

    @property
    def revocation_keys(self) -> tuple[bytes, ...]:
        """The names under which it may be taken back, its own first."""
        ...
