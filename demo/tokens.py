"""Access tokens for the demo's people, signed with the development key of `serve --dev`."""

import time
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from demo.errors import DemoError
from getme_server.key_files.dev_key import DEV_KEY_FILE, dev_secret
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.issuer import Issuer
from getme_server.tokens.key_ring import KeyRing
from getme_server.tokens.policy import TokenPolicy
from getme_server.tokens.secret_keys import secret_keys

TTL_HOURS = 12  # what was printed in the morning works in the evening


class DemoTokens:
    """Issues as `getme-server token issue --dev` does.

    In this process: a command takes half a second, which a start cannot spare.
    """

    def __init__(self, data: Path, environ: Mapping[str, str]) -> None:
        """Makes the key if it is not there yet. Raises DemoError."""
        policy = TokenPolicy(
            environ.get("GETME_ISSUER") or None, environ.get("GETME_AUDIENCE") or None
        )
        try:
            keys = KeyRing(secret_keys(dev_secret(data / DEV_KEY_FILE)))
        except KeyRefused as refused:
            raise DemoError(str(refused)) from refused
        self._issuer = Issuer(keys, policy)

    def token(self, user_id: UUID) -> str:
        """A token that names no roles: what the person may is what is stored."""
        return self._issuer.issue(user_id, (), now=time.time(), ttl_seconds=TTL_HOURS * 3_600)
