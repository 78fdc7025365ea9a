"""Where a command has its keys from, by settings and `--dev`."""

from getme.program.settings import secret_files
from getme_server.key_files.dev_key import DEV_KEY_FILE, dev_secret
from getme_server.key_files.source import KeysFile, KeySource, SecretFile, SecretSource
from getme_server.settings import ServerSettings
from getme_server.tokens.errors import KeyRefused


def key_source(settings: ServerSettings, *, dev: bool) -> KeySource:
    """The configured keys, or with dev the kept development key. Raises KeyRefused."""
    if settings.secret_key is not None and settings.keys_file is not None:
        raise KeyRefused(
            "GETME_SECRET_KEY and GETME_KEYS_FILE are both set; keep one of them: a secret beside"
            " asymmetric keys invites tokens signed with a public key as secret"
        )
    if settings.keys_file is not None:
        try:
            return KeysFile(settings.keys_file)
        except KeyRefused as refused:
            raise KeyRefused(f"GETME_KEYS_FILE: {refused}") from refused
    if settings.secret_key is not None:
        return _secret(settings.secret_key)
    if dev:
        return SecretSource(dev_secret())
    raise KeyRefused(
        "no key is set: set GETME_SECRET_KEY (or GETME_SECRET_KEY_FILE) to 32 random bytes or"
        " more, or GETME_KEYS_FILE to a file made with: getme-server keys generate; or try getme"
        f" with --dev, which keeps a key of its own in {DEV_KEY_FILE}"
    )


def _secret(text: str) -> KeySource:
    source = SecretSource(text)
    try:
        source.key_set()
    except KeyRefused as refused:
        raise KeyRefused(f"GETME_SECRET_KEY: {refused}") from refused
    path = secret_files().get("GETME_SECRET_KEY")
    # Of a pipe, such as a shell makes of a command's output, nothing is left to read again.
    return SecretFile(path) if path is not None and path.is_file() else source
