"""Access tokens of sessions: what a sign-in and a refresh hand out."""

from collections.abc import Callable
from uuid import UUID

from getme_server.bearer import AccessToken
from getme_server.tokens.issuer import Issuer


class SessionTokens:
    """Issues them. life_seconds: how long each is good. wall_clock: seconds since 1970."""

    def __init__(
        self, issuer: Issuer, *, life_seconds: float, wall_clock: Callable[[], float]
    ) -> None:
        self._issuer = issuer
        self._life_seconds = life_seconds
        self._wall_clock = wall_clock

    def issue(self, user_id: UUID, roles: tuple[str, ...], session_id: UUID) -> AccessToken:
        """A token of a session, which names it as `sid`. Raises KeyRefused."""
        text = self._issuer.issue(
            user_id,
            roles,
            now=self._wall_clock(),
            ttl_seconds=self._life_seconds,
            session_id=str(session_id),
        )
        return AccessToken(text, int(self._life_seconds))
