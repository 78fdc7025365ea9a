"""A refresh token: random, opaque to its bearer, and known to the store by hashes only.

    gmr_ + base64url of   user ID  | family | secret
                          16 bytes | 32     | 32

The family is the same in all tokens of a session and makes its ID, by a hash, so that who knows
the ID (every service that sees an access token's `sid`) cannot make up an old token of the session,
which would end it. The secret is new in each token.

A secret's successor is made of it and of a salt that the store keeps. So who holds a token can be
given its successor a second time, although nobody has kept it: neither the store's content nor an
older token's secret is enough. A server that has lost an answer has lost nothing.
"""

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple
from uuid import UUID

from getme_server.errors import TokenInvalid

PREFIX = "gmr_"  # for those who look for secrets in places where none should be
FAMILY_BYTES = 32
SECRET_BYTES = 32  # RFC 9700 section 4.14.2 leaves it to us; OWASP ASVS 5.0, 7.2.3 wants 16
SALT_BYTES = 32
_UUID_BYTES = 16
_BYTES = _UUID_BYTES + FAMILY_BYTES + SECRET_BYTES


class RefreshToken(NamedTuple):
    """What a refresh token holds."""

    user_id: UUID
    family: bytes
    secret: bytes

    @property
    def session_id(self) -> UUID:
        """The session that it is of; 122 bits of a hash."""
        digest = hashlib.sha256(b"getme session:" + self.family).digest()
        return UUID(bytes=digest[:_UUID_BYTES], version=4)

    @property
    def secret_hash(self) -> bytes:
        """What the store knows of the secret, which is too long to be guessed from it."""
        return hashlib.sha256(self.secret).digest()

    def successor(self, salt: bytes) -> "RefreshToken":
        """The next token of the session, by HMAC as a pseudo-random function (RFC 2104)."""
        secret = hmac.digest(self.secret, b"getme refresh token:" + salt, hashlib.sha256)
        return self._replace(secret=secret)

    def text(self) -> str:
        """As its bearer is given it."""
        content = self.user_id.bytes + self.family + self.secret
        return PREFIX + base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_refresh_token(text: str) -> RefreshToken:
    """What a text holds that somebody calls a refresh token. Raises TokenInvalid.

    Each token has one spelling.
    """
    try:
        content = base64.urlsafe_b64decode(text.removeprefix(PREFIX).encode("ascii") + b"==")
    except (UnicodeEncodeError, binascii.Error):
        content = b""
    if len(content) != _BYTES:
        raise TokenInvalid("it is no refresh token")
    user_id, rest = content[:_UUID_BYTES], content[_UUID_BYTES:]
    token = RefreshToken(UUID(bytes=user_id), rest[:FAMILY_BYTES], rest[FAMILY_BYTES:])
    if token.text() != text:
        raise TokenInvalid("it is no refresh token in its one spelling")
    return token
