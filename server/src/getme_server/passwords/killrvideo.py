"""Hashes that KillrVideo's own backends stored. Checked, never made.

Its Python backend keeps bcrypt of the first 72 bytes of a password; its first generation kept MD5
of the stripped password, in hexadecimal and without salt. Its sample data holds hexadecimal of
SHA-256, which no password matches.
"""

import hashlib
import hmac
import re

import bcrypt

_BCRYPT = re.compile(r"\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES = 72  # bcrypt looks at no more, and its library refuses more since version 5
_MD5 = re.compile("[0-9a-fA-F]{32}")


def is_bcrypt(stored: str) -> bool:
    """Whether a stored text is a hash of bcrypt."""
    return _BCRYPT.fullmatch(stored) is not None


def is_md5(stored: str) -> bool:
    """Whether a stored text may be a hash of MD5."""
    return _MD5.fullmatch(stored) is not None


def matches_bcrypt(password: bytes, stored: str) -> bool:
    """Whether a password has this hash. It takes a time of its own, about 0.2 s at cost 12.

    Raises ValueError, at once, if it is no hash: its cost or salt cannot be.
    """
    return bcrypt.checkpw(password[:_BCRYPT_BYTES], stored.encode())


def matches_md5(password: str, stored: str) -> bool:
    """Whether a password, without the white space around it, has this hash."""
    made = hashlib.md5(password.strip().encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(made, stored.lower())
