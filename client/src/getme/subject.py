"""Whose token it says it is, believed only where that means to remember less.

A client holds no key, so it cannot tell whether a token is good. But who changes something by one
token must see it by all others at once, and the answers to those are remembered by the user's ID.
A moderator changes another's account: that of whom the request names. A refresh token begins with
whose it is, and who signs in is told in the answer.
"""

import json
from base64 import urlsafe_b64decode
from uuid import UUID

from google.protobuf.message import Message

# Of a refresh token, which is opaque to all others.
_PREFIX = "gmr_"
_USER_ID_BYTES = 16
_USER_ID_CHARACTERS = 22


def subject_of(token: str) -> bytes | None:
    """The user ID in a JWT's claim `sub` (RFC 7519 section 4.1.2), 16 bytes; None without one."""
    try:
        payload = token.split(".", 2)[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return UUID(claims["sub"]).bytes
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def user_changed_by(request: Message) -> bytes | None:
    """The user, 16 bytes, that a request names by ID or refresh token; None where it does not."""
    refresh_token = getattr(request, "refresh_token", "")
    if refresh_token:
        return _user_of_refresh_token(refresh_token)
    return _user_key(getattr(request, "user_id", ""))


def user_told_in(response: Message) -> bytes | None:
    """The user, 16 bytes, whom the answer to a change shows; None where it shows none."""
    user = getattr(response, "user", None)
    return None if user is None else _user_key(user.user_id)


def _user_of_refresh_token(text: str) -> bytes | None:
    try:
        user_id = urlsafe_b64decode(text.removeprefix(_PREFIX)[:_USER_ID_CHARACTERS] + "==")
    except ValueError:
        return None
    return user_id if len(user_id) == _USER_ID_BYTES else None


def _user_key(user_id: str) -> bytes | None:
    try:
        return UUID(user_id).bytes
    except ValueError:
        return None
