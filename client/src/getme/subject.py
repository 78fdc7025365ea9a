"""Whose token it says it is, believed only where that means to remember less.

A client holds no key, so it cannot tell whether a token is good. But who changes something by one
token must see it by all others at once, and the answers to those are remembered by the user's ID.
A moderator changes another's account: that of whom the request names.
"""

import json
from base64 import urlsafe_b64decode
from uuid import UUID

from google.protobuf.message import Message


def subject_of(token: str) -> bytes | None:
    """The user ID in a JWT's claim `sub` (RFC 7519 section 4.1.2), 16 bytes; None without one."""
    try:
        payload = token.split(".", 2)[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return UUID(claims["sub"]).bytes
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def user_changed_by(request: Message) -> bytes | None:
    """The user ID that a request of AdminService names, 16 bytes; None of any other."""
    try:
        return UUID(getattr(request, "user_id", "")).bytes
    except ValueError:
        return None
