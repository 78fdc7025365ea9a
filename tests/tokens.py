"""Tokens as other services make them: with PyJWT, from the shared secret alone."""

import time
from typing import Any
from uuid import UUID

import jwt

from tests.servers.programs import SECRET

LIFE_SECONDS = 7_200  # made at import, used at the end of a long run


def token_for(user_id: UUID, *roles: str, **claims: Any) -> str:
    """The smallest valid token of the contract; claims add to it or replace its own."""
    payload = {
        "sub": str(user_id),
        "roles": list(roles),
        "exp": int(time.time()) + LIFE_SECONDS,
    } | claims
    return jwt.encode({k: v for k, v in payload.items() if v is not None}, SECRET, "HS256")


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """Call metadata with that token."""
    return (("authorization", f"Bearer {token}"),)
