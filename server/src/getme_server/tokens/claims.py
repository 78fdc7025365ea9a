"""What a verified access token says."""

from typing import NamedTuple
from uuid import UUID


class AccessClaims(NamedTuple):
    """The claims that getme acts upon (RFC 7519 section 4).

    roles: as in the token, before the stored status is looked at. token_id: the `jti` claim,
    empty where the token has none. not_before, expires: seconds since 1970. issued: likewise,
    None where the token has no `iat`. revocation_key: 32 bytes that name this token and no other
    spelling of it (see `revocation_key_of`).
    """

    user_id: UUID
    roles: tuple[str, ...]
    token_id: str
    not_before: float
    expires: float
    issued: float | None
    revocation_key: bytes
