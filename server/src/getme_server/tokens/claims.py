"""What a verified access token says."""

from typing import NamedTuple
from uuid import UUID


class AccessClaims(NamedTuple):
    """The claims that getme acts upon (RFC 7519 section 4).

    roles: as in the token, before the stored status is looked at. token_id: the `jti` claim,
    empty where the token has none. not_before, expires: seconds since 1970. issued: likewise,
    None where the token has no `iat`. session_id: the `sid` claim, empty where the token belongs
    to no session (OpenID Connect Front-Channel Logout 1.0 section 3).

    revocation_keys: the names under which it may be taken back, 32 bytes each: its own, for
    whatever spelling of it (see `revocation_key_of`), and that of its session. key_fingerprint: of
    the key that its signature was verified with, empty where it was not.
    """

    user_id: UUID
    roles: tuple[str, ...]
    token_id: str
    not_before: float
    expires: float
    issued: float | None
    session_id: str
    revocation_keys: tuple[bytes, ...]
    key_fingerprint: bytes = b""
