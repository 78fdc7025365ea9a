"""What a verified access token says."""

from typing import NamedTuple
from uuid import UUID


class AccessClaims(NamedTuple):
    """The claims that getme acts upon (RFC 7519 section 4).

    roles: as in the token, before the stored status is looked at. token_id: the `jti` claim,
    empty where the token has none. not_before, expires: seconds since 1970.
    """

    user_id: UUID
    roles: tuple[str, ...]
    token_id: str
    not_before: float
    expires: float
