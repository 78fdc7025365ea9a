"""What a running server answers to a token."""

import getme
from tests.waiting import until

IN_EFFECT_SECONDS = 5.0  # the promise is one; a busy machine starts processes slowly


def answer(client: getme.Client, token: str) -> str | None:
    """The reason that the token is refused with, None where it is accepted."""
    try:
        client.get_me(token)
    except getme.Error as refused:
        return refused.reason
    return None


def is_revoked_soon(client: getme.Client, token: str) -> bool:
    """Whether the token is refused as revoked, now or within a moment."""
    return until(lambda: answer(client, token) == "TOKEN_REVOKED", IN_EFFECT_SECONDS)
