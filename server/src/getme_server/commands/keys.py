"""Which keys a command works with, by settings and `--dev`."""

from getme_server.dev_key import DEV_KEY_FILE, dev_secret
from getme_server.settings import ServerSettings
from getme_server.tokens.errors import KeyRefused
from getme_server.tokens.key_set import SecretKeys


def keys_of(settings: ServerSettings, *, dev: bool) -> SecretKeys:
    """The configured keys, or with dev the kept development key. Raises KeyRefused."""
    if settings.secret_key is not None:
        try:
            return SecretKeys.from_setting(settings.secret_key)
        except KeyRefused as refused:
            raise KeyRefused(f"GETME_SECRET_KEY: {refused}") from refused
    if dev:
        return SecretKeys.from_setting(dev_secret())
    raise KeyRefused(
        "no key is set: set GETME_SECRET_KEY (or GETME_SECRET_KEY_FILE) to 32 random bytes or"
        f" more, or try getme with --dev, which keeps a key of its own in {DEV_KEY_FILE}"
    )
