"""The keys that sign and verify tokens. Today: HS256 secrets (RFC 7518 section 3.2)."""

from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import InvalidKeyError

from getme_server.tokens.errors import KeyRefused

# RFC 7518 section 3.2: a key of the same size as the hash output or larger must be used.
MIN_SECRET_BYTES = 32
_MIN_DISTINCT_BYTES = 8
_HOW_TO = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


class SecretKeys:
    """HS256 secrets: the first signs, each verifies, so that a secret can be replaced."""

    algorithm = "HS256"

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        """Raises KeyRefused for a secret that could be guessed."""
        for secret in secrets:
            _require_strong(secret)
        if not secrets:
            raise KeyRefused(f"there is no secret; {_HOW_TO}")
        self.verifying = secrets
        self.signing = secrets[0]

    @classmethod
    def from_setting(cls, text: str) -> "SecretKeys":
        """Secrets as in the setting: one, or `new,old`. Raises KeyRefused."""
        return cls(tuple(part.strip().encode() for part in text.split(",") if part.strip()))


def _require_strong(secret: bytes) -> None:
    if len(secret) < MIN_SECRET_BYTES:
        raise KeyRefused(
            f"a secret has {len(secret)} bytes, fewer than {MIN_SECRET_BYTES}; {_HOW_TO}"
        )
    if len(set(secret)) < _MIN_DISTINCT_BYTES:
        raise KeyRefused(f"a secret repeats a few characters; {_HOW_TO}")
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except InvalidKeyError as public:
        raise KeyRefused(f"a secret is a public key in disguise; {_HOW_TO}") from public
