"""Tells callers who remember answers (GetMeRequest.remember) for how long they may."""

import time
from typing import Protocol

from getme.clock import now
from getme.v1.user_service_pb2 import Freshness
from getme_server.accounts.standing import Seen
from getme_server.servicers.messages import duration_message
from getme_server.servicers.watching import KnownLog
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_ring import KeyRing


class Log(Protocol):
    """The part of ToldFeed that tells of which log its places are."""

    @property
    def known_log(self) -> KnownLog:
        """The log."""
        ...


class AnswerFreshness:
    """Makes the freshness of answers. keys: those that tokens are verified with."""

    def __init__(self, log: Log, keys: KeyRing) -> None:
        self._log = log
        self._keys = keys

    def __call__(self, seen: Seen, claims: AccessClaims, place: int) -> Freshness | None:
        """None where the answer may not be remembered any more.

        seen: when its user was read from the store. claims: of its token. place: up to where this
        process knew all changes before it looked at token and user.
        """
        at = now()
        usable_for = min(seen.ends - at, claims.expires - time.time())
        if usable_for <= 0:
            return None
        log = self._log.known_log
        # Retired since the token was looked at? In this order: the ID is not that of later keys.
        if place < log.begins or not self._keys.current.has(claims.key_fingerprint):
            return None
        return Freshness(
            log_id=log.log_id,
            position=place - log.offset,
            age=duration_message(at - seen.at),
            usable_for=duration_message(usable_for),
        )
