"""A session: one sign-in, and the chain of refresh tokens that came of it."""

from typing import NamedTuple
from uuid import UUID


class Session(NamedTuple):
    """A row of getme_sessions. Moments are seconds since 1970.

    created: when it began. ends: when it ends at the latest, however it is used. last_used: when
    it last got tokens. address, user_agent: of its last use.

    generation: how many times its refresh token was replaced. secret_hash: SHA-256 of the secret
    in the refresh token that is good now. previous_hash: of the one before, empty in the first
    generation. salt: with the previous secret it makes the present one, so that whoever holds the
    previous token can be given its successor again, and nobody else; empty likewise.
    """

    user_id: UUID
    session_id: UUID
    created: float
    ends: float
    last_used: float
    address: str
    user_agent: str
    generation: int
    secret_hash: bytes
    previous_hash: bytes
    salt: bytes
