"""Verifies tokens for an interceptor under test: the real rules, with nothing revoked."""

from getme_server.deadline import CallLifetime
from getme_server.tokens.claims import AccessClaims
from getme_server.tokens.key_set import KeySet
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.secret_keys import secret_key
from getme_server.tokens.verifier import Verifier
from tests.unit.tokens.forging import SECRET


class Verifying:
    def __init__(self) -> None:
        self._verifier = Verifier(TokenPolicy())
        self._keys = KeySet([secret_key(SECRET)])

    def verify(self, token: str, *, now: float, lifetime: CallLifetime) -> AccessClaims:
        return self._verifier.verify(token, self._keys, now=now)
